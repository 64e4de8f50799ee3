"""Names in any script: drawn in letters, and not as the box that stands for a letter that is not there."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.font_manager import fontManager
from PIL import Image, ImageDraw, ImageFont, features

import gee_scl
from gee_scl import charts
from gee_scl.views.drawing import fonts
from gee_scl.views.drawing.film import with_legend
from gee_scl.views.drawing.fonts import Font, families_for, fonts_for
from gee_scl.views.drawing.lettering import Lettering
from gee_scl.views.view import LegendEntry
from tests.figures import YEAR, statistics, turned
from tests.support.scripts import NAMES, letters_of, need_fonts

SIZE = 13
NOTHING = "\U0010ffff"
ROWS = 20
"""Of a line of a film's legend."""


@pytest.fixture(params=NAMES)
def names(request: pytest.FixtureRequest) -> tuple[str, ...]:
    need_fonts(NAMES[request.param])
    return NAMES[request.param]


@pytest.fixture
def only_latin(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with matplotlib's own font alone, which has neither Chinese nor Hindi."""
    own = str(Path(mpl.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf")
    monkeypatch.setattr(fonts, "_fonts", lambda: iter([Font(own, "DejaVu Sans")]))


def pixels(image: Image.Image) -> np.ndarray:
    return np.asarray(image.convert("L"))


def lines(names: tuple[str, ...]) -> Iterator[np.ndarray]:
    entries = [LegendEntry(name, color) for name, color in zip(names, ("ff0000", "00ff00", "0000ff"), strict=True)]
    frame = Image.new("RGB", (40, 40))
    (panel,) = with_legend([frame], "map", entries)
    for number in range(len(names)):
        yield np.asarray(panel)[30 + ROWS * number : 46 + ROWS * number, 40 + 32 :]


def test_the_names_of_a_legend_differ_in_every_script(names: tuple[str, ...]) -> None:
    first, second, third = lines(names)
    assert (first != second).any()
    assert (second != third).any()
    assert all((line < 100).sum() > 20 for line in (first, second, third))


def test_every_letter_is_drawn_with_a_font_that_has_it(names: tuple[str, ...]) -> None:
    lettering = Lettering.of(names)
    assert not lettering.lost
    letters = {letter for name in names for letter in name if letter != " "}
    assert letters == set(lettering.fonts)
    for letter, font in lettering.fonts.items():
        assert ord(letter) in letters_of(font.path)
        drawn, nothing = (ImageFont.truetype(font.path, SIZE).getmask(one) for one in (letter, NOTHING))
        assert (drawn.size, bytes(drawn)) != (nothing.size, bytes(nothing))


def test_names_of_one_script_are_drawn_with_one_font(names: tuple[str, ...]) -> None:
    used = {font.path for font in Lettering.of(names).fonts.values()}
    assert len(used) == 1 or names == NAMES["several"]


@pytest.mark.skipif(not features.check("raqm"), reason="this Pillow has no raqm")
@pytest.mark.parametrize("word", ["نبات", "क्षेत्र"])
def test_letters_are_joined_and_ordered_as_their_script_asks_for(word: str) -> None:
    need_fonts([word])
    lettering = Lettering.of([word])
    (path,) = {font.path for font in lettering.fonts.values()}
    plain = ImageFont.truetype(path, SIZE, layout_engine=ImageFont.Layout.BASIC)
    shaped = ImageFont.truetype(path, SIZE, layout_engine=ImageFont.Layout.RAQM)
    drawn = pixels(lettering.line(word, SIZE)).shape[1]
    assert abs(drawn - (shaped.getbbox(word)[2] - shaped.getbbox(word)[0])) <= 1
    assert drawn < plain.getbbox(word)[2] - plain.getbbox(word)[0]


def test_a_name_of_two_scripts_begins_where_its_first_letter_is_written() -> None:
    need_fonts(["نبات", "植"])
    lettering = Lettering.of(["نبات 植", "植 نبات"])
    runs = [[part for part, _ in lettering._runs(name, SIZE)] for name in ("نبات 植", "植 نبات")]
    if len(runs[0]) > 1:  # no font has both
        assert runs == [["植", "نبات "], ["植 ", "نبات"]]


@pytest.mark.parametrize("text", ["2023-05-14, synthetic", "Wood (2)", "", "jgy"])
def test_english_is_drawn_with_the_font_that_pillow_brings(text: str) -> None:
    font = ImageFont.load_default(SIZE)
    left, top, right, bottom = font.getbbox(text or " ")
    _, line_top, _, line_bottom = font.getbbox("Ag0")
    top, bottom = min(top, line_top), max(bottom, line_bottom)
    expected = Image.new("L", (max(1, round(right - left)), round(bottom - top)), 255)
    ImageDraw.Draw(expected).text((-left, -top), text, fill=0, font=font)
    np.testing.assert_array_equal(pixels(Lettering.of([text]).line(text, SIZE)), pixels(expected))


def test_accents_that_are_letters_of_their_own_are_put_together() -> None:
    np.testing.assert_array_equal(*(pixels(Lettering.of([t]).line(t, SIZE)) for t in ("Wa\u0308ld", "Wäld")))


def test_letters_that_no_font_has_are_named_once(only_latin: None) -> None:
    lettering = Lettering.of(["植被", "裸地", "वन", "Лес"])
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        lettering.warn()
    (said,) = [str(one.message) for one in caught]
    assert said.startswith(
        "No font of this machine has न व 地 植 被 裸 (CJK, DEVANAGARI): an empty box is drawn for each."
    )
    assert set(lettering.fonts) >= set("Лес")


def test_a_film_warns_once_of_its_legend_at_the_callers_line(
    only_latin: None, sample_session: str, tmp_path: Path
) -> None:
    scheme = gee_scl.Scheme.from_groups("own", {"植被": "vegetation", "裸地": "bare"}, title="地图")
    images, box = gee_scl.collection().limit(2), (11.58, 46.42, 11.6, 46.44)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        gee_scl.timelapse(images, box, tmp_path / "a.gif", scheme=scheme, size=64, legend=True)
        gee_scl.timelapse(images, box, tmp_path / "b.gif", scheme=scheme, size=64)
    (said,) = [one for one in caught if "font" in str(one.message)]
    assert said.filename == __file__
    assert all(letter in str(said.message) for letter in "植被裸地图")


def test_fonts_that_matplotlib_has_not_listed_yet_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    need_fonts(["Лес"])
    monkeypatch.setattr(fontManager, "ttflist", [])
    assert set(fonts_for(frozenset("Лес"))) == set("Лес")


def test_fonts_that_have_a_box_for_every_letter_are_none() -> None:
    found = fonts_for(frozenset("\U000f1234")).values()
    assert {font.family for font in found}.isdisjoint({"Last Resort High-Efficiency", "Last Resort", "Adobe Blank"})


def test_charts_keep_their_fonts_where_these_have_all_letters() -> None:
    assert families_for(["Wood", "Лес", 3], ["sans-serif"]) == (["sans-serif"], frozenset())


@pytest.mark.parametrize("chart", [charts.bars, charts.stacked_area, charts.clear_calendar, charts.small_multiples])
def test_a_chart_says_once_which_letters_no_font_has(only_latin: None, chart: Callable[[pd.DataFrame], object]) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        chart(statistics({"水体": YEAR}))
    plt.close("all")
    (said,) = caught
    assert "体 水 (CJK)" in str(said.message)
    assert said.filename == __file__


def test_a_report_says_once_which_letters_no_font_has(only_latin: None, sample_session: str, tmp_path: Path) -> None:
    scheme = gee_scl.Scheme.from_groups("own", {"植被": "vegetation", "裸地": "bare"})
    box = (11.58, 46.42, 11.6, 46.44)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        gee_scl.write_report(gee_scl.collection().limit(2), box, tmp_path / "a.html", scheme=scheme, scenes=0)
    said = [one for one in caught if "font" in str(one.message) or "Glyph" in str(one.message)]
    assert [one.filename for one in said] == [__file__]


def test_charts_have_fonts_for_names_and_say_nothing(names: tuple[str, ...], tmp_path: Path) -> None:
    before = list(mpl.rcParams["font.family"])
    frame = statistics({name: turned(YEAR, number) for number, name in enumerate(names)})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        drawn = [charts.bars(frame).figure, charts.stacked_area(frame, region=names[1]).figure]
        for figure in drawn:
            figure.savefig(tmp_path / "a.png")
            figure.savefig(tmp_path / "a.svg")
            plt.close(figure)
    assert list(mpl.rcParams["font.family"]) == before
