#!/usr/bin/env bash
# pandas 3.1 makes numbers of texts that are read as categories, and so one field of two whose codes differ in zeros.
#
# Believed: read_csv(dtype="category") keeps texts as they are: the user guide says that "the resulting categories will
#           always be parsed as strings", and pandas 2.2 and 3.0 do so.
# Happens:  with pandas 3.1.1 categories that all look like numbers are numbers: "007" and "7" become one category, 7, and
#           "1e2" is 100.0. One field called "x" in the same column brings all texts back.
# Matters:  codes of fields, parcels and grid cells are read as categories to save memory. Fields fall together without a
#           word, in some files and not in others; grouped sums are then of two fields.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

cat >"$folder/seen.py" <<'PY'
import io

import pandas as pd

for codes in (("007", "7"), ("7", "1e2"), ("007", "7", "x")):
    text = "\n".join(["field,pixels", *(f"{code},10" for code in codes)])
    table = pd.read_csv(io.StringIO(text), dtype={"field": "category"})
    sums = table.groupby("field", observed=True)["pixels"].sum()
    print(f"pandas {pd.__version__}: {', '.join(codes)} are read as {table['field'].tolist()}, {len(sums)} fields")
PY

for version in 3.0.0 3.1.1; do
    python3 -m venv "$folder/venv-$version"
    "$folder/venv-$version/bin/python" -m pip install --quiet --disable-pip-version-check "pandas==$version" 2>/dev/null
    "$folder/venv-$version/bin/python" "$folder/seen.py"
done | tee "$folder/seen"

cat >"$folder/expected" <<'TXT'
pandas 3.0.0: 007, 7 are read as ['007', '7'], 2 fields
pandas 3.0.0: 7, 1e2 are read as ['7', '1e2'], 2 fields
pandas 3.0.0: 007, 7, x are read as ['007', '7', 'x'], 3 fields
pandas 3.1.1: 007, 7 are read as [7, 7], 1 fields
pandas 3.1.1: 7, 1e2 are read as [7.0, 100.0], 2 fields
pandas 3.1.1: 007, 7, x are read as ['007', '7', 'x'], 3 fields
TXT

diff "$folder/expected" "$folder/seen"
