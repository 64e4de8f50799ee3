"""A picture of JupyterLab with a class map in it: `python -m tests.browser.jupyterlab [--proxied] [PICTURE.png]`.

Needs the extra "notebooks" (JupyterLab) beside "dev", and Chromium. The map's cells run in a real kernel against the
local engine over the synthetic sample; the picture is taken when every tile is painted.

With `--proxied`, the browser knows JupyterLab by another name and under a path, as a hub has its users' servers, and
gets the tiles through jupyter-server-proxy, which has to be installed.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import nbformat

from tests.browser.chromium import launched

CELLS = (
    """
import ee
import geemap

import gee_scl

gee_scl.initialize(local=True)
images = gee_scl.collection(tiles="32TPS")
image = ee.Image(images.sort("CLOUDY_PIXEL_PERCENTAGE").first())
""",
    """
m = geemap.Map(center=(46.45, 11.62), zoom=12, ee_initialize=False)
gee_scl.layers.add_classes(m, image)
m
""",
    """
# As when the first cell is run again: the engine stays, and so do the tiles.
gee_scl.initialize(local=True)
""",
)

_PATIENCE = 120
"""Seconds for the server to start, and for the tiles to come."""

_NEWS = "@jupyterlab/apputils-extension:announcements"
"""What would ask, in front of the map, whether to look for news."""

_PAINTED = """() => {
    const tiles = [...document.querySelectorAll(".leaflet-tile-pane img.leaflet-tile")]
        .filter(tile => tile.src.includes("/maps/"));
    return tiles.length > 0 && tiles.every(tile => tile.complete && tile.naturalWidth > 0);
}"""

_SOURCES = """() => [...document.querySelectorAll(".leaflet-tile-pane img.leaflet-tile")]
    .map(tile => tile.getAttribute("src")).filter(source => source.includes("/maps/"))"""


@dataclass(frozen=True)
class Place:
    """Where JupyterLab is, as the browser knows it.

    Attributes:
        base: path of the server.
        name: of the machine; it leads to this one.
        tiles: how the addresses of tiles begin.
        server: options of the server for it.
    """

    base: str = "/"
    name: str = "127.0.0.1"
    tiles: tuple[str, ...] = ("http://127.0.0.1:", "/proxy/")
    server: Sequence[str] = ()


HERE = Place()

HUB = Place("/user/someone/", "hub.example", ("/user/someone/proxy/",), ["--ServerApp.allow_remote_access=True"])


def main(arguments: list[str] | None = None) -> int:
    """Start JupyterLab, run the cells in it, and take the picture."""
    parser = argparse.ArgumentParser(prog="python -m tests.browser.jupyterlab", description=__doc__.splitlines()[0])
    parser.add_argument("picture", nargs="?", type=Path, default=Path("jupyterlab.png"))
    parser.add_argument("--proxied", action="store_true", help="as behind a hub, through jupyter-server-proxy")
    options = parser.parse_args(arguments)
    picture, place = options.picture, HUB if options.proxied else HERE
    with tempfile.TemporaryDirectory() as folder:
        cells = [nbformat.v4.new_code_cell(cell.strip()) for cell in CELLS]
        # Without a kernel's name, JupyterLab would ask for it.
        kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
        notebook = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
        nbformat.write(notebook, Path(folder) / "map.ipynb")
        with _server(Path(folder), place) as address:
            _photograph(address, picture, place)
    sys.stdout.write(f"{picture}\n")
    return 0


@contextmanager
def _server(folder: Path, place: Place) -> Iterator[str]:
    """JupyterLab over a folder, on a free port; gives the notebook's address with the token."""
    own = {f"JUPYTER_{kind}_DIR": str(folder / f".{kind.lower()}") for kind in ("CONFIG", "RUNTIME")}
    settings = folder / ".config" / "labconfig"
    settings.mkdir(parents=True)
    (settings / "page_config.json").write_text(json.dumps({"disabledExtensions": {_NEWS: True}}))
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ip=127.0.0.1", "--port=0"]
    command += [f"--ServerApp.root_dir={folder}", "--LabApp.expose_app_in_browser=True"]
    command += [f"--ServerApp.base_url={place.base}", *place.server]
    with (folder / "server.log").open("w") as log:
        server = subprocess.Popen(command, env={**os.environ, **own}, stdout=log, stderr=log)
        try:
            yield _address(folder, server, place)
        finally:
            server.terminate()
            server.wait(30)


def _address(folder: Path, server: subprocess.Popen[bytes], place: Place) -> str:
    for _ in range(_PATIENCE * 5):
        if server.poll() is not None:
            raise SystemExit((folder / "server.log").read_text())
        for file in (folder / ".runtime").glob("jpserver-*.json"):
            try:
                running = json.loads(file.read_text())
            except ValueError:  # it is being written
                continue
            base = f"http://{place.name}:{running['port']}{place.base}"
            return f"{base}lab/tree/map.ipynb?token={running['token']}"
        time.sleep(0.2)
    raise SystemExit("JupyterLab did not start.")


def _photograph(address: str, picture: Path, place: Place) -> None:
    with launched(f"--host-resolver-rules=MAP {HUB.name} 127.0.0.1") as browser:
        page = browser.new_page(viewport={"width": 1400, "height": 1000})
        page.goto(address)
        page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=_PATIENCE * 1000)
        # Cells that are run before the kernel has said that it is idle are never run.
        page.get_by_text("Python 3 (ipykernel) | Idle").wait_for(timeout=_PATIENCE * 1000)
        # In braces: what the command gives back is not to be waited for.
        page.evaluate("() => { window.jupyterapp.commands.execute('notebook:run-all-cells'); }")
        page.wait_for_function(_PAINTED, timeout=_PATIENCE * 1000)
        page.locator(".leaflet-container").first.scroll_into_view_if_needed()
        page.wait_for_function(_PAINTED, timeout=_PATIENCE * 1000)
        page.screenshot(path=picture)
        sources = page.evaluate(_SOURCES)
    if not all(source.startswith(place.tiles) for source in sources):
        raise SystemExit(f"Tiles are not from {' or '.join(place.tiles)}: {sources[0]}")


if __name__ == "__main__":
    raise SystemExit(main())
