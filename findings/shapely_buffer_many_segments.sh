#!/usr/bin/env bash
# A buffer of a point that is asked for with more segments has fewer vertices from some 16,000 a quarter on.
#
# Believed: buffer(quad_segs=n) of a point has 4 n + 1 vertices, or at least never fewer for a larger n.
# Happens:  with shapely 2.2.0 (GEOS 3.14.1) 15,000 give 60,001 vertices, 16,000 give 32,001, every second one, 32,768
#           give 43,692, every third one, and 60,000 and more give 60,001. Nothing is said.
# Matters:  who makes outlines to try a limit on vertices or bytes, or circles that are to be finer than a centimetre,
#           gets another outline than the one that was asked for, and a smaller one where a larger was wanted.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check "shapely==2.2.0" 2>/dev/null

cat >"$folder/seen.py" <<'PY'
import shapely

for segments in (15_000, 16_000, 32_768, 60_000, 300_000):
    circle = shapely.Point(0, 0).buffer(1000, quad_segs=segments)
    print(f"{segments}: {len(circle.exterior.coords)} vertices of {4 * segments + 1}")
PY

cat >"$folder/expected" <<'TXT'
15000: 60001 vertices of 60001
16000: 32001 vertices of 64001
32768: 43692 vertices of 131073
60000: 60001 vertices of 240001
300000: 60001 vertices of 1200001
TXT

"$folder/venv/bin/python" "$folder/seen.py" | tee "$folder/seen"
diff "$folder/expected" "$folder/seen"
