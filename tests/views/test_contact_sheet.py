"""Views side by side: the pictures are thumbnails, the legend names each colour once, a notebook shows them once."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import ee
import matplotlib as mpl
import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from nbclient import NotebookClient
from PIL import Image

import gee_scl
from gee_scl.views.view import LegendEntry, View, class_view, percent_view, true_color_view
from tests.notebooks import kernel_of_this_interpreter
from tests.support.engine_log import engine_log
from tests.support.engines import session_on

FARMLAND = (11.56, 46.43, 11.59, 46.45)
STRIP = (11.56, 46.43, 11.562, 46.46)
LAND = ["Vegetation", "Bare", "Water", "Snow"]


@pytest.fixture(autouse=True)
def closed_figures() -> Iterator[None]:
    """No window is opened, and no figure is left."""
    mpl.use("agg")
    yield
    plt.close("all")


def scene() -> ee.Image:
    return gee_scl.collection(start="2023-04-03", end="2023-04-04", tiles="32TPS").first()


def constant(red: int = 0) -> ee.Image:
    return ee.Image.constant([red, 0, 0]).toByte()


def rgba(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGBA"))


def drawn(figure: Figure) -> list[np.ndarray]:
    return [np.asarray(ax.images[0].get_array()) for ax in figure.axes]


def titles(figure: Figure) -> list[str]:
    return [ax.get_title(loc="left") for ax in figure.axes]


def legend(figure: Figure) -> list[tuple[str, str]]:
    """Texts and colours."""
    (found,) = figure.legends
    fills = [patch for patch in found.get_patches() if patch.get_facecolor()[3] > 0]
    colors = [to_hex(patch.get_facecolor()).removeprefix("#") for patch in fills]
    return list(zip([text.get_text() for text in found.get_texts()], colors, strict=True))


def rows_and_columns(figure: Figure) -> tuple[int, int]:
    figure.canvas.draw()
    places = [ax.get_position() for ax in figure.axes]
    return len({round(place.y0, 3) for place in places}), len({round(place.x0, 3) for place in places})


@pytest.mark.parametrize("region", [FARMLAND, STRIP, "fields"])
def test_each_picture_has_the_pixels_of_its_thumbnail_and_all_have_the_same_window(sample_session, region):
    region = gee_scl.sample_regions() if region == "fields" else region
    # The second image has less than the region, and the third no edge at all.
    shown = [class_view(scene()), true_color_view(scene().clip(ee.Geometry.BBox(*FARMLAND))), constant(7)]
    figure = gee_scl.contact_sheet(shown, region, size=150)
    for one, pixels in zip(shown, drawn(figure), strict=True):
        np.testing.assert_array_equal(pixels, rgba(gee_scl.thumbnail(one, region, size=150)))
    assert len({pixels.shape for pixels in drawn(figure)}) == 1


def test_on_the_page_no_colour_is_mixed_and_what_is_transparent_has_the_background(sample_session):
    beside = (11.0, 46.0, 11.01, 46.01)
    figure = gee_scl.contact_sheet([class_view(scene(), "land"), constant()], beside, background="f7a8d0", size=100)
    figure.canvas.draw()
    first, second = (ax.get_window_extent() for ax in figure.axes)
    page = np.asarray(figure.canvas.buffer_rgba())[::-1]
    for box, color in ((first, (0xF7, 0xA8, 0xD0, 255)), (second, (0, 0, 0, 255))):
        inside = page[int(box.y0) + 3 : int(box.y1) - 3, int(box.x0) + 3 : int(box.x1) - 3]
        assert {tuple(pixel) for pixel in inside.reshape(-1, 4).tolist()} == {color}


def test_a_view_has_its_name_above_it_and_an_image_nothing(sample_session):
    named = class_view(scene(), "land", name="3 April")
    assert titles(gee_scl.contact_sheet([named, constant()], FARMLAND)) == ["3 April", ""]
    assert titles(gee_scl.contact_sheet(named, FARMLAND)) == ["3 April"]
    assert titles(gee_scl.contact_sheet(constant(), FARMLAND)) == [""]


def test_a_mapping_gives_the_titles_whatever_its_keys_are(sample_session):
    shown = {"Before": class_view(scene(), "land"), 2023: constant()}
    assert titles(gee_scl.contact_sheet(shown, FARMLAND)) == ["Before", "2023"]


@pytest.mark.parametrize("hostile", ["$x^2$ <b>", r"\frac{1}{0} & %", "_hidden", "line\nbreak", "$"])
def test_titles_and_names_are_shown_as_they_are(sample_session, hostile):
    view = View(hostile, constant(), hostile, (LegendEntry(hostile, "0000ff"),))
    with mpl.rc_context({"text.parse_math": True}):
        figure = gee_scl.contact_sheet(view, FARMLAND)
        figure.canvas.draw()
    plain = " ".join(hostile.split())
    assert titles(figure) == [plain]
    assert [text for text, _ in legend(figure)] == [plain]
    texts = [figure.axes[0].title, figure.axes[0]._left_title, *figure.legends[0].get_texts()]
    assert not any(text.get_parse_math() or text.get_usetex() for text in texts)


def test_the_legend_has_each_entry_of_all_views_once_and_in_order(sample_session):
    land = class_view(scene(), "land")
    shares = land.with_shares({1: 60, 3: 40})
    mask = gee_scl.views.mask_view(gee_scl.class_mask(scene(), "water", seen_only=True), name="Water", color="ff00ff")
    figure = gee_scl.contact_sheet([land, mask, constant(), shares], FARMLAND)
    assert legend(figure) == [
        ("Vegetation", "10d22c"),
        ("Bare", "ffff52"),
        ("Water", "0000ff"),
        ("Snow", "52fff9"),
        ("Water", "ff00ff"),
    ]


def test_the_legend_of_a_percentage_has_the_colours_of_its_scale(sample_session):
    percent = gee_scl.occurrence(gee_scl.collection(tiles="32TPS", end="2023-04-10"), "water")
    figure = gee_scl.contact_sheet(percent_view(percent, palette=["ffffff", "0000ff"]), FARMLAND)
    assert legend(figure) == [("0 %", "ffffff"), ("100 %", "0000ff")]


def test_the_legend_can_be_left_out_and_is_absent_where_colours_mean_nothing(sample_session):
    assert gee_scl.contact_sheet(class_view(scene()), FARMLAND, legend=False).legends == []
    assert gee_scl.contact_sheet(constant(), FARMLAND).legends == []


@pytest.mark.parametrize(
    ("count", "columns", "expected"),
    [(1, None, (1, 1)), (3, None, (1, 3)), (4, None, (2, 2)), (7, None, (3, 3)), (3, 2, (2, 2)), (2, 9, (1, 2))],
)
def test_pictures_stand_in_so_many_columns(sample_session, count, columns, expected):
    figure = gee_scl.contact_sheet([constant(n) for n in range(count)], FARMLAND, columns=columns, size=60)
    assert len(figure.axes) == count
    assert rows_and_columns(figure) == expected
    # Row by row: the first of the images are in the first row, from the left.
    assert [pixels[0, 0, 0] for pixels in drawn(figure)] == list(range(count))
    places = [ax.get_position() for ax in figure.axes]
    assert places == sorted(places, key=lambda place: (-round(place.y0, 3), place.x0))


@pytest.mark.parametrize("count", [1, 2, 5])
@pytest.mark.parametrize("width", [None, 3.5, "single"])
@pytest.mark.some(6)
def test_the_figure_is_as_wide_as_asked_and_no_higher_than_its_pictures_take(sample_session, count, width):
    view = class_view(scene(), name="A title of several words that may take two lines of a column")
    figure = gee_scl.contact_sheet([view] * count, FARMLAND, width=width, size=100)
    assert round(figure.get_figwidth() * 25.4) == (183 if width is None else 89)
    figure.canvas.draw()
    used = figure.get_tightbbox()
    high, wide = drawn(figure)[0].shape[:2]
    assert figure.get_figwidth() - used.width < 0.3
    assert 0 <= figure.get_figheight() - used.height < 0.3
    shown = figure.axes[0].get_window_extent()
    assert shown.height / shown.width == pytest.approx(high / wide, rel=0.01)
    # Nothing lies upon anything else.
    below = figure.legends[0].get_window_extent()
    boxes = [ax.get_tightbbox() for ax in figure.axes] + [below]
    pairs = [(one, other) for n, one in enumerate(boxes) for other in boxes[:n]]
    assert not any(one.padded(-0.5).overlaps(other.padded(-0.5)) for one, other in pairs)


def test_a_narrow_region_alone_is_no_higher_than_the_page_is_wide(sample_session):
    figure = gee_scl.contact_sheet(class_view(scene(), "land"), STRIP)
    figure.canvas.draw()
    assert figure.axes[0].get_window_extent().height / figure.dpi < 1.02 * figure.get_figwidth()


@pytest.mark.parametrize(
    ("shown", "options", "argument"),
    [
        ([], {}, "shown"),
        ({}, {}, "shown"),
        ("classes", {}, "shown"),
        (None, {}, "shown"),
        (lambda image: [class_view(image), "classes"], {}, "shown"),
        ({"a": 3}, {}, "shown"),
        (class_view, {"columns": 0}, "columns"),
        (class_view, {"columns": 1.5}, "columns"),
        (class_view, {"columns": True}, "columns"),
        (class_view, {"size": 0}, "size"),
        (class_view, {"size": 10_001}, "size"),
        (class_view, {"width": 183}, "width"),
        (class_view, {"background": "pink"}, "background"),
        (lambda image: View("blue", image, "", (LegendEntry("a", "blue"),)), {}, "color"),
    ],
)
def test_what_cannot_be_shown_is_refused_before_any_request(sample_session, shown, options, argument):
    shown = shown(scene()) if callable(shown) else shown
    with engine_log() as log, pytest.raises(gee_scl.ArgumentError) as raised:
        gee_scl.contact_sheet(shown, FARMLAND, **options)
    assert log.count() == 0
    assert raised.value.argument == argument
    assert plt.get_fignums() == []


def test_a_collection_is_no_picture(sample_session):
    with pytest.raises(gee_scl.ArgumentError, match="an RGB"):
        gee_scl.contact_sheet(gee_scl.collection(), FARMLAND)


def test_a_picture_that_fails_leaves_no_figure_and_has_the_servers_text(sample_session):
    with pytest.raises(gee_scl.RequestError, match="NOSUCH"):
        gee_scl.contact_sheet([constant(), scene().select("NOSUCH")], FARMLAND)
    assert plt.get_fignums() == []


def test_without_a_session_the_call_to_make_is_named(sample_engine):
    with session_on(sample_engine):
        view = class_view(scene())
    assert not ee.data.is_initialized()
    with pytest.raises(gee_scl.NotInitializedError):
        gee_scl.contact_sheet(view, FARMLAND)


def test_there_are_two_requests_for_each_picture_and_one_for_a_region_that_only_the_server_knows(sample_session):
    shown = [class_view(scene()), constant()]
    with engine_log() as log:
        gee_scl.contact_sheet(shown, FARMLAND)
        assert log.count() == 4
        log.clear()
        gee_scl.contact_sheet(shown, ee.FeatureCollection([ee.Feature(ee.Geometry.BBox(*FARMLAND))]))
        assert log.count() == 5


def test_the_users_settings_of_matplotlib_stay_as_they_are(sample_session):
    before = dict(mpl.rcParams)
    gee_scl.contact_sheet(class_view(scene()), FARMLAND)
    assert dict(mpl.rcParams) == before


CELLS = (
    """
import gee_scl
from gee_scl.views.view import class_view

gee_scl.initialize(local="{engine}")
view = class_view(gee_scl.collection().first())
region = (11.56, 46.43, 11.59, 46.45)
""",
    "gee_scl.contact_sheet(view, region)",
    "gee_scl.contact_sheet(view, region);",
    "figure = gee_scl.contact_sheet(view, region)\nfigure.axes[0].set_xlabel('More')",
    "figure",
    "for _ in range(2):\n    gee_scl.contact_sheet(view, region)",
)


def test_a_notebook_shows_a_sheet_once_whatever_the_cell_gives_back(sample_engine: str, tmp_path: Path):
    cells = [nbformat.v4.new_code_cell(cell.replace("{engine}", sample_engine).strip()) for cell in CELLS]
    made = nbformat.v4.new_notebook(cells=cells)
    NotebookClient(made, timeout=180, km=kernel_of_this_interpreter(tmp_path)).execute()
    pictures = [sum("image/png" in output.get("data", {}) for output in cell.outputs) for cell in made.cells]
    assert pictures == [0, 1, 1, 1, 1, 2]
