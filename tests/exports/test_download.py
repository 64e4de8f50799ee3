"""Images written to this machine: equal to their sources, whole or not there, and gone on with after a kill."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import ee
import numpy as np
import pytest
import rasterio
from rasterio.vrt import WarpedVRT

import gee_scl
from gee_scl.errors import ArgumentError, CollectionError, NotInitializedError, RequestError
from gee_scl.exports import download_image
from gee_scl.exports.raster_files.color_tables import add_color_table
from gee_scl.local.context import Limits
from gee_scl.requests.limits import Limits as RequestLimits
from gee_scl.requests.run import Run
from tests.support.exported import LAND, Bench, bench, codes, regrouped, scene


def in_blocks(side: int, parallel: int = 4) -> Run:
    """Squares of bytes, asked for one by one or several at a time."""
    return Run(limits=RequestLimits(block_bytes=side * side, parallel=parallel))


def leftovers(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name.startswith("."))


def test_a_file_has_the_bands_own_pixels_grid_colours_and_names(session: Bench, tmp_path: Path) -> None:
    image, path = scene(), tmp_path / "scl.tif"
    made = download_image(image, path)
    with rasterio.open(path) as file, rasterio.open(session.source(image)) as source:
        np.testing.assert_array_equal(file.read(1), source.read(1))
        assert (file.crs, file.transform, file.shape) == (source.crs, source.transform, source.shape)
        assert (file.dtypes, file.nodata, file.descriptions) == (("uint8",), 0, ("SCL",))
        assert file.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert file.colormap(1)[4] == (16, 210, 44, 255)
        assert file.colormap(1)[0][3] == 0
    assert "<Category>Vegetation</Category>" in (tmp_path / "scl.tif.aux.xml").read_text()
    assert (made.width, made.height, made.bands, made.requests, made.empty) == (400, 400, ("SCL",), 1, False)
    assert leftovers(tmp_path) == []


def test_a_scheme_is_written_as_its_values_and_needs_no_colouring_after(session: Bench, tmp_path: Path) -> None:
    image, path = scene(), tmp_path / "land.tif"
    download_image(image, path, scheme="land")
    np.testing.assert_array_equal(codes(path), regrouped(codes(session.source(image)), LAND))
    (colored,) = add_color_table(path)
    assert not colored.changed
    assert colored.scheme.names == ["Vegetation", "Bare", "Water", "Snow"]


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:3035", "EPSG:32633", "ESRI:54009"])
def test_pixels_in_another_crs_are_those_of_gdals_warper(session: Bench, tmp_path: Path, crs: str) -> None:
    image, path = scene(), tmp_path / "warped.tif"
    download_image(image, path, crs=crs, scale=20)
    with rasterio.open(path) as file, rasterio.open(session.source(image)) as source:
        frame = {"crs": file.crs, "transform": file.transform, "width": file.width, "height": file.height}
        # By default GDAL puts a pixel an eighth of its size off.
        with WarpedVRT(source, **frame, src_nodata=0, nodata=0, tolerance=1e-7) as warped:
            np.testing.assert_array_equal(file.read(1), warped.read(1))
        assert (file.read(1) > 0).mean() > 0.4
        assert file.crs.to_string() == crs


def test_a_scale_coarsens_from_the_bands_own_corner(session: Bench, tmp_path: Path) -> None:
    image, path = scene(), tmp_path / "coarse.tif"
    download_image(image, path, scale=60)
    with rasterio.open(path) as file, rasterio.open(session.source(image)) as source:
        assert file.res == (60, 60)
        assert (file.transform.c, file.transform.f) == (source.transform.c, source.transform.f)
        # The centre of a pixel of 60 m is the centre of the middle one of 20 m.
        np.testing.assert_array_equal(file.read(1)[:133, :133], source.read(1)[1::3, 1::3][:133, :133])


def test_a_scale_at_which_distances_lose_a_part_of_themselves_is_warned_of(session: Bench, tmp_path: Path) -> None:
    grown, pinned = (gee_scl.mask_clouds(scene(), dilation=100, pinned=pinned) for pinned in (False, True))
    with pytest.warns(UserWarning, match="on pixels of 60 m, not of 20 m"):
        download_image(grown, tmp_path / "coarse.tif", scale=60)
    download_image(grown, tmp_path / "own.tif")
    download_image(pinned, tmp_path / "pinned.tif", scale=60)
    own, coarse, exact = (codes(tmp_path / f"{name}.tif") for name in ("own", "coarse", "pinned"))
    # The pixel in the middle of each nine.
    np.testing.assert_array_equal(exact[:-1, :-1], own[1::3, 1::3][: exact.shape[0] - 1, : exact.shape[1] - 1])
    assert (coarse != exact).any()


def test_masks_and_fractions_keep_their_values(session: Bench, tmp_path: Path) -> None:
    image = scene()
    source = codes(session.source(image))
    download_image(gee_scl.class_mask(image, "water"), tmp_path / "mask.tif", scheme=None)
    np.testing.assert_array_equal(codes(tmp_path / "mask.tif"), np.where(source == 0, 255, source == 6))
    download_image(image.select("SCL").divide(4).toFloat(), tmp_path / "float.tif", scheme=None)
    with rasterio.open(tmp_path / "float.tif") as file:
        assert (file.dtypes, file.nodata) == (("float32",), -9999)
        np.testing.assert_array_equal(file.read(1), np.where(source == 0, -9999, source / 4).astype(np.float32))


def test_several_bands_are_written_in_their_order(session: Bench, tmp_path: Path) -> None:
    image = scene()
    download_image(image, tmp_path / "bands.tif", scheme=None, band=["B4", "SCL"], region=(11.56, 46.43, 11.58, 46.44))
    with rasterio.open(tmp_path / "bands.tif") as file:
        assert file.descriptions == ("B4", "SCL")
        assert set(file.dtypes) == {"uint16"}
        assert file.nodata == 65535
        assert file.read(2)[file.read(2) < 65535].max() <= 11


@pytest.mark.parametrize("side", [256, 128])
def test_blocks_join_without_a_seam(session: Bench, tmp_path: Path, side: int) -> None:
    image, seen = scene(), []
    made = download_image(
        image, tmp_path / "scl.tif", run=in_blocks(side), progress=lambda done, total: seen.append((done, total))
    )
    np.testing.assert_array_equal(codes(tmp_path / "scl.tif"), codes(session.source(image)))
    number = (-(-400 // side)) ** 2
    assert made.requests == number
    assert seen == [(n, number) for n in range(1, number + 1)]


def test_what_is_too_much_at_once_is_asked_for_in_halves(
    sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from gee_scl.local.views import requests

    # An engine that sends no more than 300 x 300 bytes at once.
    monkeypatch.setattr(requests, "MAX_BYTES", 90_000)
    with bench(sample, tmp_path / "exports") as made:
        image = scene()
        result = download_image(image, tmp_path / "scl.tif")
        np.testing.assert_array_equal(codes(tmp_path / "scl.tif"), codes(made.source(image)))
    assert result.requests == 1 + 2


@pytest.mark.parametrize("error", ["memory", "timeout", "pixels-payload"])
def test_whatever_is_too_much_the_file_is_the_same(sample: Path, tmp_path: Path, error: str) -> None:
    path = tmp_path / "scl.tif"
    with bench(sample, tmp_path / "exports") as made:
        with made.server.fail("image.computePixels", error=error, pixels=100_000) as fault:
            download_image(scene(), path)
        np.testing.assert_array_equal(codes(path), codes(made.source(scene())))
    assert fault.struck == 1  # 160,000 pixels


def test_a_size_that_was_refused_is_not_asked_for_again(
    sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """1600 x 1600 pixels in squares of 512, from an engine that sends no more than 200,000 bytes at once."""
    from gee_scl.local.views import requests

    seen: list[tuple[int, int]] = []
    run = in_blocks(512, parallel=1)
    with bench(sample, tmp_path / "exports"):
        whole = download_image(scene(), tmp_path / "whole.tif", scale=5, run=run)
        monkeypatch.setattr(requests, "MAX_BYTES", 200_000)
        parts = download_image(
            scene(), tmp_path / "parts.tif", scale=5, run=run, progress=lambda *step: seen.append(step)
        )
        np.testing.assert_array_equal(codes(whole.path), codes(parts.path))
    # One of the nine whole squares is refused; the others are asked for in halves at once, as the narrow ones never.
    assert whole.requests == 9 + 7
    assert parts.requests == 1 + 2 * 9 + 7
    assert seen[-1] == (25, 25)


def test_one_block_that_is_too_much_is_named_with_what_helps_and_nothing_more_is_asked(
    sample: Path, tmp_path: Path
) -> None:
    run = in_blocks(256, parallel=1)
    with bench(sample, tmp_path / "exports") as made:
        with (
            made.server.fail("image.computePixels", error="memory", after=2) as fault,
            pytest.raises(RequestError) as caught,
        ):
            download_image(scene(), tmp_path / "scl.tif", run=run)
        assert fault.struck == 1  # 256 pixels are not cut
        assert caught.value.what == "Fetching pixels 0, 256 (256 x 144)"
        assert "No more than 256 x 144 pixels were asked for" in str(caught.value)
        assert "export_image(..., to=Drive())" in str(caught.value)
        assert download_image(scene(), tmp_path / "scl.tif", run=run).requests == 2


def test_parts_of_a_block_that_came_are_not_asked_for_again(sample: Path, tmp_path: Path) -> None:
    path, run = tmp_path / "scl.tif", Run(limits=RequestLimits(parallel=1))
    with bench(sample, tmp_path / "exports") as made:
        # The whole and its first half are too much; the half's first part comes; its second part is refused for good.
        faults = made.server
        with (
            faults.fail("image.computePixels", error="memory", times=2),
            faults.fail("image.computePixels", error="memory", after=1),
            pytest.raises(RequestError, match=r"\(200 x 200\)"),
        ):
            download_image(scene(), path, run=run)
        result = download_image(scene(), path, run=run)
        np.testing.assert_array_equal(codes(path), codes(made.source(scene())))
    assert result.requests == 2  # the part that was refused, and the other half


def test_a_body_that_is_too_long_is_not_cut(sample: Path, tmp_path: Path) -> None:
    with bench(sample, tmp_path / "exports") as made:
        with (
            made.server.fail("image.computePixels", error="payload") as fault,
            pytest.raises(RequestError, match="Simplify the regions' outlines"),
        ):
            download_image(scene(), tmp_path / "scl.tif")
        assert fault.struck == 1


def test_an_existing_file_is_replaced_only_when_asked(session: Bench, tmp_path: Path) -> None:
    path = tmp_path / "scl.tif"
    path.write_bytes(b"mine")
    with pytest.raises(ArgumentError, match="overwrite"):
        download_image(scene(), path)
    assert path.read_bytes() == b"mine"
    download_image(scene(), path, overwrite=True)
    assert codes(path).shape == (400, 400)


def test_too_many_pixels_are_refused_with_what_an_export_would_do(session: Bench, tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match=r"most_pixels=160000 .*export_image\(\.\.\., to=Drive\(\)\)"):
        download_image(scene(), tmp_path / "scl.tif", most_pixels=100_000)
    assert list(tmp_path.iterdir()) == []


def test_a_raster_without_data_is_written_with_a_warning(session: Bench, tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="no pixel has data"):
        made = download_image(scene().updateMask(0), tmp_path / "empty.tif")
    assert made.empty
    assert not codes(tmp_path / "empty.tif").any()


@pytest.mark.parametrize(
    ("name", "arguments", "match"),
    [
        ("scl.png", {}, r"\.tif"),
        ("no/scl.tif", {}, "existing folder"),
        ("scl.tif", {"most_pixels": 0}, "most_pixels"),
        ("scl.tif", {"scale": "20"}, "scale"),
    ],
)
def test_arguments_are_refused(
    session: Bench, tmp_path: Path, name: str, arguments: dict[str, object], match: str
) -> None:
    with pytest.raises(ArgumentError, match=match):
        download_image(scene(), tmp_path / name, **arguments)  # type: ignore[arg-type]


def test_a_region_beside_the_image_and_a_collection_are_refused(session: Bench, tmp_path: Path) -> None:
    with pytest.raises(CollectionError, match="does not meet"):
        download_image(scene(), tmp_path / "scl.tif", region=(5.0, 40.0, 5.1, 40.1))
    with pytest.raises(ArgumentError, match="export_collection"):
        download_image(gee_scl.collection(), tmp_path / "scl.tif")


def test_without_a_session_the_error_says_what_to_call(tmp_path: Path) -> None:
    ee.Reset()
    with pytest.raises(NotInitializedError):
        download_image(None, tmp_path / "scl.tif")  # type: ignore[arg-type]


def test_what_was_fetched_before_a_failure_is_kept_for_the_same_call(sample: Path, tmp_path: Path) -> None:
    path, one_by_one = tmp_path / "scl.tif", in_blocks(256, parallel=1)
    with bench(sample, tmp_path / "exports") as made:
        image = scene()

        def stop(done: int, total: int) -> None:
            if done == 3:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            download_image(image, path, run=one_by_one, progress=stop)
        assert not path.exists()
        assert leftovers(tmp_path) == [".scl.tif.part"]
        with pytest.raises(ArgumentError, match="unfinished download of another request"):
            download_image(image, path, scheme="land", run=one_by_one)
        result = download_image(image, path, run=one_by_one)
        assert result.requests <= 1
        np.testing.assert_array_equal(codes(path), codes(made.source(image)))
    assert leftovers(tmp_path) == []


def test_another_request_may_drop_an_unfinished_download_when_asked(session: Bench, tmp_path: Path) -> None:
    path, image = tmp_path / "scl.tif", scene()
    part = tmp_path / ".scl.tif.part"
    part.mkdir()
    (part / "manifest.json").write_text("{}")
    with pytest.raises(ArgumentError, match="another request"):
        download_image(image, path)
    download_image(image, path, overwrite=True)
    assert leftovers(tmp_path) == []


KILLED = """
import os, pathlib, signal, sys
import ee, gee_scl
from gee_scl.exports import download
url, path, when = sys.argv[1:]
run = gee_scl.Run(limits=gee_scl.Limits(block_bytes=128 * 128, parallel=2))

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

if when == "writing":
    raster = pathlib.Path(path).parent / ".scl.tif.part" / "raster.tif"
    # What GDAL has written is whole by then, and has no name yet.
    download.os.fsync = lambda descriptor: die() if raster.exists() else None
with gee_scl.local_session(url):
    image = ee.Image(gee_scl.collection(start="2023-05-01", tiles="32TPS").first())
    stop = lambda done, total: done == 7 and when == "fetching" and die()
    download.download_image(image, path, run=run, progress=stop)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
@pytest.mark.parametrize(("when", "most"), [("fetching", 16 - 7), ("writing", 0)])
def test_a_download_that_was_killed_is_finished_by_the_next_call(
    session: Bench, tmp_path: Path, when: str, most: int
) -> None:
    path, script = tmp_path / "scl.tif", textwrap.dedent(KILLED)
    command = [sys.executable, "-c", script, session.server.url, str(path), when]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert not path.exists()
    assert leftovers(tmp_path) == [".scl.tif.part"]
    half = tmp_path / ".scl.tif.part" / "raster.tif"
    if when == "writing":
        half.write_bytes(half.read_bytes()[:1000])
    with (tmp_path / ".scl.tif.part" / "blocks.log").open("a") as log:
        log.write("12")  # a line that the kill has cut
    result = download_image(scene(), path, run=in_blocks(128, parallel=2))
    assert result.requests <= most
    np.testing.assert_array_equal(codes(path), codes(session.source(scene())))
    assert leftovers(tmp_path) == []


def test_a_refusal_names_the_block_and_keeps_the_servers_text(sample: Path, tmp_path: Path) -> None:
    with bench(sample, tmp_path / "exports", Limits(seconds=-1)) as made:
        del made
        with pytest.raises(RequestError, match="timed out"):
            download_image(scene(), tmp_path / "scl.tif")
