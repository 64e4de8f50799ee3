#!/usr/bin/env bash
# ee.Initialize asks another host than the one it is given, each time it is called, and waits for it without a limit.
#
# Believed: ee.Initialize(url="http://127.0.0.1:...") talks to that address, and NO_PROXY=127.0.0.1 is enough where a
#           proxy is set that cannot be reached; a client that has been opened once need not fetch what it has.
# Happens:  with earthengine-api 1.7.50 it asks storage.googleapis.com for the list of deprecated assets, by urllib and
#           so through HTTPS_PROXY. There is no timeout: a proxy that takes the connection and says nothing holds up
#           ee.Initialize for as long as it likes. Where the list cannot be had, it is asked for again by each call.
# Matters:  sessions on a machine without the web, behind a proxy that went silent or a firewall that drops packets,
#           hang in a call that has all that it needs.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check "earthengine-api==1.7.50" 2>/dev/null

cat >"$folder/seen.py" <<'PY'
import json
import os
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files

SECONDS = 10  # in which the rest is done many times over

proxy = socket.create_server(("127.0.0.1", 0))
for name in list(os.environ):
    if name.lower().endswith("_proxy"):
        del os.environ[name]
os.environ["HTTPS_PROXY"] = f"http://127.0.0.1:{proxy.getsockname()[1]}"
os.environ["NO_PROXY"] = "127.0.0.1"

import ee
from google.auth.credentials import AnonymousCredentials

TESTS = files("ee") / "tests"
DISCOVERY = json.loads((TESTS / "cloud_api_discovery_document.json").read_text("utf-8"))
ALGORITHMS = (TESTS / "algorithms.json").read_text("utf-8")


class Server(BaseHTTPRequestHandler):
    def do_GET(self):
        root = f"http://127.0.0.1:{self.server.server_port}/"
        found = "discovery" in self.path
        text = json.dumps({**DISCOVERY, "rootUrl": root, "baseUrl": root}) if found else ALGORITHMS
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
threading.Thread(target=server.serve_forever, daemon=True).start()


def initialize():
    ee.Initialize(AnonymousCredentials(), url=f"http://127.0.0.1:{server.server_port}", project="any")


for call in ("first", "second"):
    opening = threading.Thread(target=initialize, daemon=True)
    opening.start()
    proxy.settimeout(SECONDS)
    connection, _ = proxy.accept()
    asked = connection.recv(1000).decode().partition(" HTTP")[0]
    opening.join(SECONDS)
    print(f"{call}: the proxy is asked '{asked}', and ee.Initialize waits: {opening.is_alive()}")
    connection.close()
    opening.join(SECONDS)
    print(f"{call}: when the proxy hangs up, it waits: {opening.is_alive()}")
PY

cat >"$folder/expected" <<'TXT'
first: the proxy is asked 'CONNECT storage.googleapis.com:443', and ee.Initialize waits: True
first: when the proxy hangs up, it waits: False
second: the proxy is asked 'CONNECT storage.googleapis.com:443', and ee.Initialize waits: True
second: when the proxy hangs up, it waits: False
TXT

"$folder/venv/bin/python" "$folder/seen.py" | tee "$folder/seen"
diff "$folder/expected" "$folder/seen"
