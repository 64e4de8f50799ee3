"""Sessions: opening one, going back to the one before, and what is refused."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import ee
import pytest
import rasterio

import gee_scl

SCENES = "COPERNICUS/S2_SR_HARMONIZED"


def run(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run code in a process of its own: sessions are global to one."""
    import os

    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, env={**os.environ, **environment}
    )


def test_importing_opens_no_session() -> None:
    done = run("import gee_scl, ee; print(ee.data.is_initialized())")
    assert done.stdout.strip() == "False"


def test_initialize_opens_the_sample_without_credentials(sample: Path, tmp_path: Path) -> None:
    code = f"""
import gee_scl, ee
gee_scl.initialize(local=True)
print(ee.ImageCollection({SCENES!r}).size().getInfo(), ee.data._get_state().cloud_api_base_url)
"""
    done = run(code, HOME=str(tmp_path), GEE_SCL_CACHE=str(sample.parent))
    size, url = done.stdout.split()
    assert int(size) == 49
    assert url.startswith("http://127.0.0.1:")


def test_a_local_session_gives_the_previous_one_back(sample: Path, sample_engine: str) -> None:
    with gee_scl.local_session(sample_engine) as outer:
        before = ee.data._get_state().cloud_api_base_url
        with gee_scl.local_session(sample) as inner:
            assert inner != outer
            assert ee.data._get_state().cloud_api_base_url == inner
            assert ee.Number(20).add(1).getInfo() == 21
        assert ee.data._get_state().cloud_api_base_url == before
        assert ee.Number(1).add(1).getInfo() == 2


def test_a_local_session_gives_the_previous_one_back_after_an_error(sample: Path, sample_engine: str) -> None:
    with gee_scl.local_session(sample_engine):
        before = ee.data._get_state().cloud_api_base_url
        with pytest.raises(ZeroDivisionError), gee_scl.local_session(sample):
            _ = 1 / 0
        assert ee.data._get_state().cloud_api_base_url == before


def test_without_a_session_before_there_is_none_after(sample: Path) -> None:
    code = f"""
import gee_scl, ee
with gee_scl.local_session({str(sample)!r}):
    print(ee.Number(1).getInfo())
print(ee.data.is_initialized())
"""
    assert run(code).stdout.split() == ["1", "False"]


def test_a_folder_that_is_not_there_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(gee_scl.FolderError, match="nowhere"):
        gee_scl.initialize(local=tmp_path / "nowhere")


def test_a_folder_with_nothing_to_serve_is_refused(tmp_path: Path) -> None:
    with pytest.raises(gee_scl.FolderError, match="no STAC item"):
        gee_scl.initialize(local=tmp_path)


def test_an_address_elsewhere_is_refused() -> None:
    with pytest.raises(gee_scl.ArgumentError, match="on this machine"):
        gee_scl.initialize(local="http://example.com:8888")


def test_an_address_where_nothing_answers_says_how_to_start_it() -> None:
    code = """
import gee_scl, ee
ee.data.setMaxRetries(0)
try:
    gee_scl.initialize(local="http://127.0.0.1:9")
except gee_scl.RequestError as error:
    print(error)
"""
    assert "gee-scl serve" in run(code).stdout


def test_local_goes_with_no_other_argument() -> None:
    with pytest.raises(gee_scl.ArgumentError, match="project without local"):
        gee_scl.initialize("my-project", local=True)


@pytest.mark.parametrize("module", ["rasterio", "scipy", "shapely", "pyproj", "pystac", "affine", "numpy"])
@pytest.mark.some(2)
def test_a_missing_package_of_the_engine_is_named_with_the_command_to_install_it(module: str) -> None:
    code = f"""
import sys
import time
sys.modules[{module!r}] = None
import gee_scl
try:
    gee_scl.initialize(local=True)
except gee_scl.MissingExtraError as error:
    print(error)
"""
    done = run(code)
    assert f"needs the package {module!r}" in done.stdout, done.stderr
    assert 'python -m pip install "gee-scl[local]"' in done.stdout


def test_the_engine_imports_nothing_of_the_rest_of_the_package() -> None:
    import ast

    import gee_scl.local as local

    (folder,) = local.__path__
    for path in Path(folder).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = (
                [node.module]
                if isinstance(node, ast.ImportFrom)
                else [a.name for a in getattr(node, "names", [])]
                if isinstance(node, ast.Import)
                else []
            )
            for name in names:
                assert not str(name).startswith("gee_scl") or str(name).startswith("gee_scl.local"), (
                    f"{path.name}: {name}"
                )


def test_exports_go_where_the_session_says_and_only_a_local_engine_has_a_folder_for_them(
    sample: Path, tmp_path: Path
) -> None:
    with gee_scl.local_session(sample, exports=tmp_path / "exports"):
        image = ee.Image(gee_scl.collection().first()).select("SCL")
        region = ee.Geometry.Rectangle([11.61, 46.45, 11.62, 46.46])
        task = ee.batch.Export.image.toDrive(image, "classes", folder="maps", region=region, scale=20)
        task.start()
        while task.active():
            time.sleep(0.05)
    assert [path.name for path in (tmp_path / "exports" / "drive" / "maps").iterdir()] == ["classes.tif"]
    for local in (None, "http://127.0.0.1:1"):
        with pytest.raises(gee_scl.ArgumentError, match="exports"):
            gee_scl.initialize(local=local, exports=tmp_path)


@pytest.mark.parametrize("end", ["", "gee_scl.initialize(local=True)", "context.__exit__(None, None, None)"])
@pytest.mark.some(1)
def test_tasks_are_finished_where_a_script_ends_or_another_engine_takes_over(
    sample: Path, tmp_path: Path, end: str
) -> None:
    code = f"""
import gee_scl
from gee_scl import exports
context = gee_scl.local_session(True, exports={str(tmp_path / "out")!r})
if {end.startswith("context")}:
    context.__enter__()
else:
    gee_scl.initialize(local=True, exports={str(tmp_path / "out")!r})
images = gee_scl.collection(start="2023-05-01", end="2023-06-15")
tasks = exports.export_collection(images, scheme="land", scale=5)
print(len(tasks), sum(not task.status().done for task in reversed(tasks)))
exports.export_table(images, gee_scl.sample_regions(), "shares", id="name")
{end}
"""
    done = run(code, GEE_SCL_CACHE=str(sample.parent))
    assert (done.returncode, done.stderr) == (0, "")
    count, under_way = map(int, done.stdout.split())
    assert under_way > 0
    files = sorted((tmp_path / "out" / "drive").iterdir())
    assert [file.suffix for file in files] == [".tif"] * count + [".csv"]
    for file in files[:-1]:
        with rasterio.open(file) as raster:  # whole, to the last block
            assert raster.read(1).any()
