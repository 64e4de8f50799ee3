"""Charts look like their stored images, and the comparison would see a wrong colour or a missing hatch."""

from __future__ import annotations

from pathlib import Path

import pytest
from matplotlib.patches import PathPatch
from matplotlib.testing.compare import compare_images

import gee_scl
from tests.figures import DRAWINGS, FOLDER, RELEASE, TOLERANCE, drawn_by, save
from tests.figures.overview import OVERVIEW, save_overview


@pytest.mark.parametrize("name", DRAWINGS)
def test_a_figure_looks_like_its_stored_image(name: str, tmp_path: Path) -> None:
    if drawn_by(FOLDER / f"{name}.png") != RELEASE:
        pytest.skip(f"the stored image is of matplotlib {drawn_by(FOLDER / f'{name}.png')}, this is {RELEASE}")
    save(DRAWINGS[name]("scl"), tmp_path / "drawn.png")
    assert compare_images(str(FOLDER / f"{name}.png"), str(tmp_path / "drawn.png"), TOLERANCE) is None


@pytest.mark.usefixtures("sample_session")
def test_the_readmes_picture_is_what_the_package_draws(tmp_path: Path) -> None:
    if drawn_by(OVERVIEW) != RELEASE:
        pytest.skip(f"the stored image is of matplotlib {drawn_by(OVERVIEW)}, this is {RELEASE}")
    save_overview(tmp_path / "drawn.png")
    assert compare_images(str(OVERVIEW), str(tmp_path / "drawn.png"), TOLERANCE) is None
    assert OVERVIEW.stat().st_size < 200_000


COLOURED = [name for name in DRAWINGS if name != "clear_calendar"]


@pytest.mark.parametrize("name", COLOURED)
@pytest.mark.long
def test_the_comparison_sees_one_class_in_another_colour(name: str, tmp_path: Path) -> None:
    save(DRAWINGS[name]("scl"), tmp_path / "official.png")
    save(DRAWINGS[name](gee_scl.SCHEMES["scl"].recolored({5: "ffdf42"})), tmp_path / "other.png")
    assert compare_images(str(tmp_path / "official.png"), str(tmp_path / "other.png"), TOLERANCE) is not None


@pytest.mark.parametrize("name", COLOURED)
@pytest.mark.long
def test_the_comparison_sees_that_the_smallest_hatch_is_missing(name: str, tmp_path: Path) -> None:
    figure = DRAWINGS[name]("scl")
    save(figure, tmp_path / "hatched.png")
    hatched = figure.findobj(lambda artist: isinstance(artist, PathPatch) and artist.get_hatch())
    smallest = min(hatched, key=lambda patch: abs(patch.get_window_extent().width * patch.get_window_extent().height))
    smallest.set_hatch(None)
    save(figure, tmp_path / "plain.png")
    assert compare_images(str(tmp_path / "hatched.png"), str(tmp_path / "plain.png"), TOLERANCE) is not None


def test_stored_images_are_small() -> None:
    assert {path.stem for path in FOLDER.glob("*.png")} == set(DRAWINGS)
    assert all(path.stat().st_size <= 40_000 for path in FOLDER.glob("*.png"))
