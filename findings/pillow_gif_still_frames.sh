#!/usr/bin/env bash
# Pillow cannot write a GIF whose frames are alike for more than eleven minutes, though each frame's time is fine.
#
# Believed: a GIF of frames that each last as long as the format can say (up to 655.35 s) can be written.
# Happens:  with Pillow 12.0.0 frames that are alike and follow each other are joined into one that lasts as long as all
#           of them; where the sum is above 655.35 s, save ends in struct.error ("ushort format requires 0 <= number <=
#           65535"; with Pillow 13.0.0 in OverflowError), which names no frame and no duration. WebP is not affected.
# Matters:  a film of a region that stays as it is (a dry season, a lake) cannot be written, after all frames were made.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check "pillow==12.0.0" 2>/dev/null

cat >"$folder/seen.py" <<'PY'
import io
import struct

from PIL import Image

for count, kind in ((13, "GIF"), (14, "GIF"), (14, "WEBP")):
    frames = [Image.new("RGB", (8, 8), (0, 0, 255)) for _ in range(count)]
    try:
        frames[0].save(io.BytesIO(), kind, save_all=True, append_images=frames[1:], duration=50_000, loop=0)
        print(f"{count} frames of 50 s as {kind}: written")
    except (OverflowError, ValueError, struct.error):
        print(f"{count} frames of 50 s as {kind}: an error about a number's range")
PY

cat >"$folder/expected" <<'TXT'
13 frames of 50 s as GIF: written
14 frames of 50 s as GIF: an error about a number's range
14 frames of 50 s as WEBP: written
TXT

"$folder/venv/bin/python" "$folder/seen.py" | tee "$folder/seen"
diff "$folder/expected" "$folder/seen"
