"""The command line writes names of any alphabet, whatever the file that it writes to can hold."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

SQUARE = {
    "type": "Polygon",
    "coordinates": [[[11.58, 46.43], [11.59, 46.43], [11.59, 46.44], [11.58, 46.44], [11.58, 46.43]]],
}


def test_a_name_that_the_output_cannot_hold_is_written_in_escapes(sample: Path, tmp_path: Path) -> None:
    fields = tmp_path / "fields.geojson"
    properties = {"name": "Łąka Überlingen"}
    fields.write_text(json.dumps({"type": "Feature", "geometry": SQUARE, "properties": properties}), encoding="utf-8")
    command = ["stats", str(fields), "--id", "name", "--local", str(sample), "--end", "2023-01-20"]
    done = subprocess.run(
        [sys.executable, "-c", "from gee_scl.commands.main import main; raise SystemExit(main())", *command],
        env={**os.environ, "PYTHONIOENCODING": "cp1252"},  # what Windows takes for pipes in western Europe
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert r"\u0141\u0105ka Überlingen" in done.stdout.decode("cp1252")
