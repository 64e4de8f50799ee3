"""The files beside a raster: written where they are missing, and those of others left alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from gee_scl.errors import ArgumentError
from gee_scl.exports.raster_files.color_tables import add_color_table
from tests.support.class_rasters import STYLES, as_exported, patches, snapshot, tiles

pytest.importorskip("rasterio")


def test_a_missing_style_is_written_without_touching_the_tiff(tmp_path: Path) -> None:
    path = as_exported(tmp_path / "land.tif", patches(100, 100, 4))
    add_color_table(path, "land")
    before = snapshot(tmp_path)
    path.with_suffix(".qml").unlink()
    (result,) = add_color_table(path)
    assert (result.changed, [file.name for file in result.written]) == (False, ["land.qml"])
    assert snapshot(tmp_path)["land.tif"] == before["land.tif"]


@pytest.mark.parametrize("suffix", STYLES)
def test_a_style_that_was_made_elsewhere_is_replaced_only_when_asked(tmp_path: Path, suffix: str) -> None:
    path = as_exported(tmp_path / "land.tif", patches(40, 40, 4))
    path.with_suffix(suffix).write_text("<my own work/>")
    before = snapshot(tmp_path)
    with pytest.raises(ArgumentError, match="give overwrite=True"):
        add_color_table(path, "land")
    assert snapshot(tmp_path) == before
    add_color_table(path, "land", overwrite=True)
    assert "my own work" not in path.with_suffix(suffix).read_text()


def test_a_vrt_that_was_made_elsewhere_is_replaced_only_when_asked(tmp_path: Path) -> None:
    tiles(tmp_path, patches(100, 200, 4), (0,), (0, 100))
    (tmp_path / "big <&>.vrt").write_text("<VRTDataset/>")
    with pytest.raises(ArgumentError, match="give overwrite=True"):
        add_color_table(tmp_path, "land")
    assert add_color_table(tmp_path, "land", overwrite=True)[-1].changed


def test_what_a_killed_call_left_behind_is_removed_and_nothing_else(tmp_path: Path) -> None:
    path = as_exported(tmp_path / "land.tif", patches(40, 40, 4))
    ours = [".land.tif.0123abcd.part", ".land.tif.0123abcd.part.ovr.tmp", ".land.qml.0123abcd.part"]
    foreign = [".land.tif.part", ".other.tif.0123abcd.part", "land.tif.part", ".land.tif.0123abcd.part2"]
    for name in (*ours, *foreign):
        (tmp_path / name).write_bytes(b"half")
    add_color_table(path, "land")
    assert {name for name in (*ours, *foreign) if (tmp_path / name).exists()} == set(foreign)
