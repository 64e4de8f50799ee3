"""Engines of one process: a folder that is opened again finds its own, with maps that show what is there now."""

from __future__ import annotations

import gc
import os
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import ee
import numpy as np
import pytest

import gee_scl
from gee_scl.local import running
from gee_scl.requests.door import Door
from gee_scl.views.layers.tile_urls import TileUrl
from gee_scl.views.view import class_view
from tests.support.local.catalogues import Scene, make_catalogue, make_item
from tests.support.map_tiles import color_at

VEGETATION, WATER = 4, 6
COLORS = {VEGETATION: "10d22c", WATER: "0000ff"}
"""Of Earth Engine's palette."""

PLACE = 10.33065, 46.01883
"""Degrees of the middle of the scenes: 603,000 m east and 5,097,000 m north in zone 32, by pyproj."""


def scene(code: int, day: int = 1) -> Scene:
    return Scene(np.full((300, 300), code, np.uint8), time=f"2023-05-{day:02}T10:00:00Z")


def folder_of(place: Path, *scenes: Scene) -> Path:
    """A folder of loose items."""
    for one in scenes:
        make_item(place / one.name, one)
    return place


def size() -> int:
    return gee_scl.collection().size().getInfo()


def tiles_of(image: ee.Image) -> str:
    return TileUrl(class_view(image)).get()


def is_up(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - an engine of this test
            return answer.status == 200
    except urllib.error.URLError:
        return False


@pytest.fixture(autouse=True)
def no_engine_is_left() -> Iterator[None]:
    yield
    for one in list(running._engines.values()):
        one.server.stop()
    running._engines.clear()


def test_the_same_folder_has_the_same_engine_and_its_layers_go_on(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "a", scene(WATER))
    with gee_scl.local_session(folder) as url:
        tiles = tiles_of(gee_scl.collection().first())
        with gee_scl.local_session(tmp_path / "a" / ".." / "a") as again:
            assert again == url
        assert color_at(tiles, *PLACE, 13) == COLORS[WATER]


def test_files_that_are_new_changed_or_gone_are_found(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "a", scene(WATER))
    with gee_scl.local_session(folder) as url:
        tiles = tiles_of(gee_scl.collection().first())
        assert color_at(tiles, *PLACE, 13) == COLORS[WATER]
        make_item(folder / "new", scene(VEGETATION, 2))
        assert size() == 1
        with gee_scl.local_session(folder) as again:
            assert (again, size()) == (url, 2)
        make_item(folder / scene(WATER).name, scene(VEGETATION))
        os.utime(folder / scene(WATER).name / "scl.tif", (1, 1))
        with gee_scl.local_session(folder):
            assert color_at(tiles, *PLACE, 13) == COLORS[VEGETATION]
            # What a browser has kept of the old one is not taken for it.
            assert tiles_of(gee_scl.collection().first()) != tiles
        shutil.rmtree(folder / "new")
        with gee_scl.local_session(folder):
            assert size() == 1


def test_a_folder_that_is_broken_by_now_is_refused_and_what_was_read_stays(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "a", scene(WATER))
    with gee_scl.local_session(folder):
        document = folder / scene(WATER).name / "item.json"
        whole = document.read_bytes()
        document.write_text('{"type": "Feature", "stac_version": "1.0.0"}')
        with pytest.raises(gee_scl.FolderError, match="cannot be read"), gee_scl.local_session(folder):
            pass
        assert size() == 1
        document.write_bytes(whole)
        with gee_scl.local_session(folder):
            assert size() == 1


def test_nothing_is_read_again_where_nothing_has_changed(tmp_path: Path) -> None:
    folder = make_catalogue(tmp_path / "a", [scene(WATER)])
    with gee_scl.local_session(folder):
        (one,) = running._engines.values()
        before = one.server.engine.catalogue.collections()
        with gee_scl.local_session(folder):
            assert one.server.engine.catalogue.collections() is before


def test_an_engine_that_nobody_looks_at_stops_and_one_that_shows_a_layer_goes_on(tmp_path: Path) -> None:
    seen, unseen = (folder_of(tmp_path / name, scene(WATER)) for name in ("seen", "unseen"))
    with gee_scl.local_session(unseen) as first:
        assert size() == 1
    with gee_scl.local_session(seen) as second:
        tiles = tiles_of(gee_scl.collection().first())
    assert not is_up(first)
    assert color_at(tiles, *PLACE, 13) == COLORS[WATER]
    with gee_scl.local_session(seen) as again:
        assert again == second


def test_a_layer_that_was_not_shown_yet_shows_what_it_was_made_of_though_another_folder_is_open(tmp_path: Path) -> None:
    water, vegetation = folder_of(tmp_path / "w", scene(WATER)), folder_of(tmp_path / "v", scene(VEGETATION))
    with gee_scl.local_session(vegetation):
        with gee_scl.local_session(water) as first:
            hidden = TileUrl(class_view(gee_scl.collection().first()))
        assert color_at(hidden.get(), *PLACE, 13) == COLORS[WATER]
        assert color_at(tiles_of(gee_scl.collection().first()), *PLACE, 13) == COLORS[VEGETATION]
        with gee_scl.local_session(water) as again:
            assert again == first
            gone = TileUrl(class_view(gee_scl.collection().first()))
            running._engines[water.resolve(), Path("gee-scl-exports").resolve()].server.stop()
        with pytest.raises(gee_scl.RequestError, match="Requesting the tiles of"):
            TileUrl.get(gone, Door(gee_scl.Run(limits=gee_scl.Limits(attempts=1))))


def test_an_engine_waits_for_a_layer_as_long_as_that_is_there(tmp_path: Path) -> None:
    first, second = (folder_of(tmp_path / name, scene(WATER)) for name in ("a", "b"))
    with gee_scl.local_session(first) as url:
        hidden = TileUrl(class_view(gee_scl.collection().first()))
    assert is_up(url)
    assert not hidden.is_requested
    del hidden
    gc.collect()
    with gee_scl.local_session(second):
        pass
    assert not is_up(url)


def test_engines_that_are_left_are_eight_at_most_and_the_first_goes_first(tmp_path: Path) -> None:
    urls = []
    for number in range(running.LEFT + 2):
        with gee_scl.local_session(folder_of(tmp_path / str(number), scene(WATER))) as url:
            tiles_of(gee_scl.collection().first())
            urls.append(url)
    assert [is_up(url) for url in urls] == [False, False] + [True] * running.LEFT


def test_another_folder_for_exports_is_another_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = folder_of(tmp_path / "a", scene(WATER))
    with gee_scl.local_session(folder) as url, gee_scl.local_session(folder, exports=tmp_path / "out") as other:
        assert other != url
        monkeypatch.chdir(tmp_path)
        with gee_scl.local_session(folder, exports="out") as same:
            assert same == other


def test_an_engine_that_died_is_replaced(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "a", scene(WATER))
    with gee_scl.local_session(folder):
        (one,) = running._engines.values()
        one.server.stop()
        with gee_scl.local_session(folder):
            assert size() == 1


def test_the_address_of_an_engine_of_this_process_keeps_it() -> None:
    code = """
import gee_scl, ee
gee_scl.initialize(local=True)
url = ee.data._get_state().cloud_api_base_url
gee_scl.initialize(local=url)
gee_scl.initialize(local=url + "/")
print(ee.Number(1).add(1).getInfo())
"""
    assert run(code) == "2"


def test_initialize_again_keeps_the_engine_and_another_folder_leaves_it_where_it_is_looked_at(tmp_path: Path) -> None:
    first, second = (folder_of(tmp_path / name, scene(WATER)) for name in ("first", "second"))
    code = f"""
import gee_scl, ee, urllib.request, urllib.error
def url():
    return ee.data._get_state().cloud_api_base_url
def up(url):
    try:
        return urllib.request.urlopen(url, timeout=2).status
    except urllib.error.URLError:
        return 0
gee_scl.initialize(local={str(first)!r})
one = url()
gee_scl.initialize(local={str(first)!r})
two = url()
gee_scl.initialize(local={str(second)!r})
three, stopped = url(), up(one)
ee.Image(1).getMapId()
gee_scl.initialize(local={str(first)!r})
print(one == two, one != three, stopped, up(three), ee.Number(1).add(1).getInfo())
"""
    assert run(code) == "True True 0 200 2"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no process is forked on this system")
def test_a_forked_process_asks_the_engine_of_the_first_and_may_start_its_own(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "a", scene(WATER))
    code = f"""
import gee_scl, ee, os, warnings
warnings.simplefilter("ignore")
gee_scl.initialize(local={str(folder)!r})
url = ee.data._get_state().cloud_api_base_url
child = os.fork()
if child == 0:
    shared = ee.Number(1).add(1).getInfo()
    gee_scl.initialize(local={str(folder)!r})
    own = ee.data._get_state().cloud_api_base_url
    gee_scl.initialize(local={str(folder)!r})
    print(shared, own != url, gee_scl.collection().size().getInfo(), flush=True)
    os._exit(0)
os.waitpid(child, 0)
gee_scl.initialize(local={str(folder)!r})
print(url == ee.data._get_state().cloud_api_base_url, gee_scl.collection().size().getInfo())
"""
    assert run(code).split() == ["2", "True", "1", "True", "1"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no process is forked on this system")
def test_forked_processes_that_ask_one_engine_at_once_get_their_own_answers(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "a", scene(WATER))
    code = f"""
import gee_scl, ee, os, warnings
warnings.simplefilter("ignore")
gee_scl.initialize(local={str(folder)!r})
def wrong(base):
    return sum(ee.Number(base + k).getInfo() != base + k for k in range(40))
ee.Number(1).getInfo()
children = []
for number in range(3):
    child = os.fork()
    if child == 0:
        os._exit(wrong(1000 * (number + 1)))
    children.append(child)
print(wrong(0), *(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children))
"""
    assert run(code) == "0 0 0 0"


def run(code: str) -> str:
    """What a process of its own prints: `initialize` is global to one."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=100)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()
