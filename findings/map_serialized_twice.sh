#!/usr/bin/env bash
# The Earth Engine client calls a mapped function three times and writes its body twice, for each level of nesting again.
#
# Believed: map(function) calls the function once with a placeholder, and what it returns is written once, with the
#           request: a map within a map costs what both have in them.
# Happens:  with earthengine-api 1.7.50 map() calls the function three times: to see that it returns something, to count
#           the functions within it, by which the placeholder is named and for which all of it is encoded, and for good.
#           A function that is mapped within four others is called 243 times before anything is asked for, and what it
#           holds is encoded 121 times for the counts and once more when the expression is written.
# Matters:  whatever a mapped function holds, outlines of a thousand fields say, takes twice the time on the client, and
#           within a second map five times; a function that notes or numbers its calls does so three times.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check "earthengine-api==1.7.50" 2>/dev/null

cat >"$folder/seen.py" <<'PY'
import ee
import ee.apitestcase

ee.apitestcase.ApiTestCase().setUp()  # the client with the signatures that it ships, without a server
counts = {"called": 0, "encoded": 0}


class Text(ee.String):
    def encode_cloud_value(self, encoder):
        counts["encoded"] += 1
        return {"constantValue": "outlines"}


held = Text("outlines")


def nested(depth):
    if depth == 0:
        counts["called"] += 1
        return held
    return ee.List([1, 2]).map(lambda item: nested(depth - 1))


for depth in range(1, 6):
    counts.update(called=0, encoded=0)
    expression = nested(depth)
    made = dict(counts)
    expression.serialize()
    written = counts["encoded"] - made["encoded"]
    print(f"{depth} deep: called {made['called']} times, encoded {made['encoded']} times, and {written} to be written")
PY

cat >"$folder/expected" <<'TXT'
1 deep: called 3 times, encoded 1 times, and 1 to be written
2 deep: called 9 times, encoded 4 times, and 1 to be written
3 deep: called 27 times, encoded 13 times, and 1 to be written
4 deep: called 81 times, encoded 40 times, and 1 to be written
5 deep: called 243 times, encoded 121 times, and 1 to be written
TXT

"$folder/venv/bin/python" "$folder/seen.py" | tee "$folder/seen"
diff "$folder/expected" "$folder/seen"
