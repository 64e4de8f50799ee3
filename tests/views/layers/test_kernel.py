"""A geemap notebook run by a real kernel: the widgets that a browser would get are read from the saved notebook."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

import gee_scl
from gee_scl.local.server import LocalServer
from gee_scl.views.layers.tile_urls import BLANK_TILE
from tests.notebooks import kernel_of_this_interpreter
from tests.support.engine_log import EngineLog, engine_log
from tests.support.local.catalogues import Scene
from tests.support.map_tiles import color_at
from tests.views.layers.test_layers import BANDS, CODES, make_catalogue, place_of

DATES = [f"2023-05-{day:02}" for day in range(1, 11)]

CELLS = (
    """
import ee
import geemap
import gee_scl
from gee_scl import layers
from gee_scl.views.view import class_view, true_color_view

gee_scl.initialize(local="{engine}")
images = gee_scl.collection()
image = ee.Image(images.first())
m = geemap.Map(center=[46.03, 10.31], zoom=13)
""",
    'layers.add_classes(m, image, name="Classes <b>&</b>", shares=True)',
    'added = layers.add_collection(m, images, shown="none")',
    "layers.time_slider(m, images)",
    "layers.inspector(m, class_view(image))",
    "layers.split_map(m, class_view(image, name='Left'), true_color_view(image, name='Right'))",
    "added.layers[3].visible = True",
    "m",
)


@pytest.fixture(scope="module")
def log() -> Iterator[EngineLog]:
    with engine_log() as handler:
        yield handler


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("notebook")
    make_catalogue(folder, [Scene(CODES, time=f"{day}T10:00:00Z", bands=BANDS) for day in DATES])
    with LocalServer(folder) as server:
        yield server.url


@pytest.fixture(scope="module")
def notebook(engine: str, log: EngineLog, tmp_path_factory: pytest.TempPathFactory) -> nbformat.NotebookNode:
    """The notebook as it is saved after all its cells have run in a kernel of this interpreter."""
    cells = [nbformat.v4.new_code_cell(cell.replace("{engine}", engine).strip()) for cell in CELLS]
    made = nbformat.v4.new_notebook(cells=cells)
    kernel = kernel_of_this_interpreter(tmp_path_factory.mktemp("kernels"))
    NotebookClient(made, timeout=180, km=kernel).execute(cleanup_kc=True)
    return made


@pytest.fixture(scope="module")
def models(notebook: nbformat.NotebookNode) -> Mapping[str, Mapping[str, Any]]:
    """State of each widget by its id."""
    saved = notebook.metadata.widgets["application/vnd.jupyter.widget-state+json"]["state"]
    return {key: model["state"] for key, model in saved.items()}


@pytest.fixture(scope="module")
def map_state(notebook: nbformat.NotebookNode, models: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Any]:
    """The map that the last cell shows."""
    kind = "application/vnd.jupyter.widget-view+json"
    (shown,) = [output.data[kind] for output in notebook.cells[-1].outputs if kind in output.get("data", {})]
    return models[shown["model_id"]]


def found(models: Mapping[str, Mapping[str, Any]], references: Any) -> list[Mapping[str, Any]]:
    return [models[reference.removeprefix("IPY_MODEL_")] for reference in references]


def test_the_notebook_runs_without_a_word(notebook: nbformat.NotebookNode) -> None:
    outputs = [output for cell in notebook.cells[:-1] for output in cell.outputs]
    assert [output for output in outputs if output.output_type in ("stream", "error")] == []
    shown = [output.data["text/plain"] for output in outputs if output.output_type == "execute_result"]
    assert shown[:2] == ["<Added: 1 layer, 1 control>", "<Added: 1 layer, 2 controls>"]


def test_a_notebook_shows_every_chart_and_not_only_the_first(tmp_path: Path) -> None:
    cells = [
        "import gee_scl\nfrom tests.figures import YEAR, statistics",
        *["gee_scl.charts.stacked_area(statistics({'North': YEAR}));"] * 2,
    ]
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    resources = {"metadata": {"path": str(Path(__file__).resolve().parents[3])}}
    kernel = kernel_of_this_interpreter(tmp_path)
    NotebookClient(made, timeout=180, km=kernel, resources=resources).execute(cleanup_kc=True)
    pictures = [["image/png" in output.get("data", {}) for output in cell.outputs] for cell in made.cells]
    assert pictures == [[], [True], [True]]


def test_the_map_has_the_layers_with_the_engine_s_tiles(
    map_state: Mapping[str, Any], models: Mapping[str, Mapping[str, Any]], engine: str, log: EngineLog
) -> None:
    base, classes, *dated, slider = found(models, map_state["layers"])
    assert base["base"]
    assert classes["name"] == "Classes ‹b›&‹/b›"
    assert [layer["name"] for layer in dated] == [f"{day} 32TPS" for day in DATES]
    assert slider["name"] == "Scene classification"
    for layer in (classes, dated[3], slider):
        assert layer["visible"]
        assert layer["url"].startswith(f"{engine}/v1/projects/gee-scl-local/maps/")
        assert layer["_model_name"] == "LeafletTileLayerModel"
        assert color_at(layer["url"], *place_of(4), 15) == "10d22c"
    hidden = [layer for layer in dated if layer is not dated[3]]
    assert {(layer["url"], layer["visible"]) for layer in hidden} == {(BLANK_TILE, False)}
    # The classes, the layer that was shown, the slider's first date, and both sides of the split.
    assert log.map_ids == 5


def test_geemap_lists_the_layers(map_state: Mapping[str, Any], models: Mapping[str, Mapping[str, Any]]) -> None:
    names = [layer["name"] for layer in found(models, map_state["layers"])]
    rows = [state["name"] for state in models.values() if "is_loading" in state]
    assert set(names) <= set(rows)


def test_the_map_has_legend_slider_inspector_and_divider(
    map_state: Mapping[str, Any], models: Mapping[str, Mapping[str, Any]]
) -> None:
    controls = found(models, map_state["controls"])
    (divider,) = [control for control in controls if control["_model_name"] == "LeafletSplitMapControlModel"]
    sides = found(models, [divider["left_layer"], divider["right_layer"]])
    assert [side["name"] for side in sides] == ["Left", "Right"]
    (slider,) = [state for state in models.values() if state.get("_model_name") == "SelectionSliderModel"]
    assert slider["_options_labels"] == [f"{day} 32TPS" for day in DATES]
    assert slider["index"] == len(DATES) - 1
    texts = [state["value"] for state in models.values() if state.get("_model_name") == "HTMLModel"]
    legends = [text for text in texts if "gee-scl-legend" in text]
    assert legends
    for entry in gee_scl.SCHEMES["scl"].classes:
        assert all(entry.name in text and f"#{entry.color}" in text for text in legends)
    assert any("Click on the map." in text for text in texts)
    (button,) = [state for state in models.values() if state.get("description") == "Shares in view"]
    assert not button["disabled"]
