#!/usr/bin/env bash
# pyproj has no EPSG code for a CRS whose WKT 1 ends in AUTHORITY["EPSG","3035"], or has another code for it.
#
# Believed: CRS.from_epsg(3035).to_wkt("WKT1_GDAL") is read back as EPSG:3035, as the text itself says it.
# Happens:  to_epsg() is None for Europe's equal-area grid, and 5678 for Germany's EPSG:31468. EPSG has their axes as
#           northing, easting; WKT 1 of GDAL writes easting first, and by the order PROJ takes it for another CRS: the
#           confidence falls to 25, below the 70 that to_epsg asks for. Coordinates are the same.
# Matters:  WKT 1 is what .prj files, GeoTIFFs and Earth Engine hand around. Who asks for the code gets none, and takes
#           the CRS for a custom one; of 150 projected systems drawn from EPSG's list, 28 have none and 9 have another.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

cat >"$folder/seen.py" <<'PY'
import pyproj

for code in (3035, 31468, 32632):
    text = pyproj.CRS.from_epsg(code).to_wkt("WKT1_GDAL")
    read = pyproj.CRS(text)
    places = {
        tuple(round(number, 3) for number in pyproj.Transformer.from_crs(4326, crs, always_xy=True).transform(11, 48))
        for crs in (read, pyproj.CRS.from_epsg(code))
    }
    said = text[text.rindex("AUTHORITY") :].rstrip("]") + "]"
    print(f"{said} is read as {read.to_epsg()}; {len(places)} place of 48 N 11 E")
PY

python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check "pyproj==3.7.2" 2>/dev/null
"$folder/venv/bin/python" "$folder/seen.py" | tee "$folder/seen"

cat >"$folder/expected" <<'TXT'
AUTHORITY["EPSG","3035"] is read as None; 1 place of 48 N 11 E
AUTHORITY["EPSG","31468"] is read as 5678; 1 place of 48 N 11 E
AUTHORITY["EPSG","32632"] is read as 32632; 1 place of 48 N 11 E
TXT

diff "$folder/expected" "$folder/seen"
