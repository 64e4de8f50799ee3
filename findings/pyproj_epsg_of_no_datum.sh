#!/usr/bin/env bash
# pyproj names an EPSG code for PROJ text without a datum, and the code's coordinates are a hundred metres away.
#
# Believed: where CRS.to_epsg() gives a code, the code is another spelling of the CRS, so that either may be passed on.
# Happens:  with pyproj 3.7.2 "+proj=utm +zone=32 +ellps=intl" has the code 23032 (ED50), as has Bessel's ellipsoid that of
#           Deutsche Bahn: names count for 70 percent, and the datum, which is unknown, is not compared. The text is
#           not moved to WGS84, the code is. GRS 80 has a datum that is not moved either: there it makes no difference.
# Matters:  who replaces a CRS by its code, to send it to a server that takes codes, moves regions and rasters by 127 m.
#           min_confidence=100 refuses the code, and also many that are right.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check "pyproj==3.7.2" 2>/dev/null

cat >"$folder/seen.py" <<'PY'
from math import dist

from pyproj import CRS, Transformer

for text in (
    "+proj=utm +zone=32 +ellps=intl",
    "+proj=tmerc +lat_0=0 +lon_0=9 +k=1 +x_0=3500000 +y_0=0 +ellps=bessel",
    "+proj=laea +lat_0=52 +lon_0=10 +x_0=4321000 +y_0=3210000 +ellps=GRS80",
):
    crs = CRS(text)
    code = crs.to_epsg()
    places = [Transformer.from_crs(4326, to, always_xy=True).transform(10, 47) for to in (crs, CRS.from_epsg(code))]
    print(f"{code}: {dist(*places):.0f} m, with min_confidence=100 {crs.to_epsg(min_confidence=100)}")
PY

cat >"$folder/expected" <<'TXT'
23032: 127 m, with min_confidence=100 None
5683: 125 m, with min_confidence=100 None
3035: 0 m, with min_confidence=100 None
TXT

"$folder/venv/bin/python" "$folder/seen.py" | tee "$folder/seen"
diff "$folder/expected" "$folder/seen"
