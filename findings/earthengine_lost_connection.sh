#!/usr/bin/env bash
# The Earth Engine client reports a lost connection as Python's own ConnectionError, not as its EEException.
#
# Believed: whatever goes wrong in a request leaves the client as ee.EEException, so that `except ee.EEException` is
#           enough; and an answer of the wrong shape is an error as well.
# Happens:  with earthengine-api 1.7.50 a connection that closes without an answer leaves as ConnectionError (a builtin,
#           no EEException), a refusal of the server as EEException without its status (which is only in
#           __context__.resp.status), and an answer of status 200 that is no table, `{}`, is returned as the answer.
# Matters:  code that catches EEException alone loses a long job to one dropped connection, and code that iterates over
#           .get("features", ()) takes an empty object for a table without rows.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check "earthengine-api==1.7.50" 2>/dev/null

cat >"$folder/seen.py" <<'PY'
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files

import ee
from google.auth.credentials import AnonymousCredentials

TESTS = files("ee") / "tests"
DISCOVERY = json.loads((TESTS / "cloud_api_discovery_document.json").read_text("utf-8"))
ALGORITHMS = (TESTS / "algorithms.json").read_text("utf-8")


class Server(BaseHTTPRequestHandler):
    wanted = "refuse"

    def do_GET(self):
        if "discovery" in self.path:
            root = f"http://127.0.0.1:{self.server.server_port}/"
            self.answer(200, json.dumps({**DISCOVERY, "rootUrl": root, "baseUrl": root}))
        else:
            self.answer(200, ALGORITHMS)

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        if Server.wanted == "drop":
            self.close_connection = True
            self.connection.close()
        elif Server.wanted == "refuse":
            error = {"code": 403, "message": "no", "status": "PERMISSION_DENIED"}
            self.answer(403, json.dumps({"error": error}))
        else:
            self.answer(200, "{}")

    def answer(self, status, text):
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_):
        pass


class QuietServer(ThreadingHTTPServer):
    def handle_error(self, *_):
        pass


server = QuietServer(("127.0.0.1", 0), Server)
threading.Thread(target=server.serve_forever, daemon=True).start()
ee.Initialize(AnonymousCredentials(), url=f"http://127.0.0.1:{server.server_port}", project="any")
ee.data.setMaxRetries(0)
table = ee.FeatureCollection([ee.Feature(None, {"n": 1})])
for wanted in ("drop", "refuse", "empty object"):
    Server.wanted = wanted
    try:
        print(f"{wanted}: returned {ee.data.computeFeatures({'expression': table})}")
    except Exception as error:
        status = getattr(getattr(error.__context__, "resp", None), "status", None)
        own = [name for name in vars(error) if "status" in name]
        print(f"{wanted}: is EEException: {isinstance(error, ee.EEException)},",
              f"is ConnectionError: {isinstance(error, ConnectionError)}, status of its own: {own}, below it: {status}")
server.shutdown()
PY

cat >"$folder/expected" <<'TXT'
drop: is EEException: False, is ConnectionError: True, status of its own: [], below it: None
refuse: is EEException: True, is ConnectionError: False, status of its own: [], below it: 403
empty object: returned {}
TXT

"$folder/venv/bin/python" "$folder/seen.py" | tee "$folder/seen"
diff "$folder/expected" "$folder/seen"
