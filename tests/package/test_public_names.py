"""What help, pydoc and completion show is what the package offers; what is misspelt is answered with what was meant."""

from __future__ import annotations

import importlib
import pkgutil
import pydoc
import re
import subprocess
import sys
from collections.abc import Callable
from types import ModuleType

import ee
import pytest

import gee_scl

FACE = {
    "gee_scl": gee_scl,
    "gee_scl.charts": gee_scl.charts,
    "gee_scl.exports": gee_scl.exports,
    "gee_scl.layers": gee_scl.layers,
    "gee_scl.views": gee_scl.views,
}
"""Public modules by the names under which users reach them."""

PUBLIC_MODULES = list(FACE.values())


def client_modules() -> list[ModuleType]:
    """All modules of the package but the engine's."""
    found = pkgutil.walk_packages(gee_scl.__path__, "gee_scl.")
    return [importlib.import_module(m.name) for m in found if not m.name.startswith("gee_scl.local")]


def shown_by_pydoc(module: ModuleType) -> set[str]:
    """The names in a module's own sections of its manual page: classes, functions and data."""
    text = pydoc.plain(pydoc.render_doc(module))
    names: set[str] = set()
    for title in ("CLASSES", "FUNCTIONS", "DATA"):
        found = re.search(rf"^{title}\n(.*?)(?=^[A-Z]+\n|\Z)", text, re.DOTALL | re.MULTILINE)
        if found is not None:
            pattern = r"^    class (\w+)" if title == "CLASSES" else r"^    (\w+)(?:\(| =|: )"
            names |= set(re.findall(pattern, found[1], re.MULTILINE))
    return {name for name in names if not name.startswith("__")}


@pytest.mark.parametrize("module", PUBLIC_MODULES, ids=lambda module: module.__name__)
def test_dir_and_pydoc_show_the_public_names_of_a_public_module_and_no_others(module: ModuleType) -> None:
    assert sorted(dir(module)) == sorted(module.__all__)
    submodules = {name for name in module.__all__ if isinstance(getattr(module, name), ModuleType)}
    assert shown_by_pydoc(module) == set(module.__all__) - submodules - {"__version__"}


def test_the_manual_page_of_any_module_with_public_names_shows_no_others() -> None:
    public = {
        id(getattr(module, name)): name for module in PUBLIC_MODULES for name in module.__all__ if name != "__version__"
    }
    defining = [module for module in client_modules() if module not in PUBLIC_MODULES and hasattr(module, "__all__")]
    assert len(defining) > 20
    for module in defining:
        for name in module.__all__:
            assert public.get(id(getattr(module, name))) == name, f"{module.__name__}.{name}"
        assert shown_by_pydoc(module) <= set(module.__all__), module.__name__


def test_every_public_function_and_class_is_defined_where_all_says_so() -> None:
    for module in PUBLIC_MODULES:
        for name in module.__all__:
            home = getattr(getattr(module, name), "__module__", None)
            if home is not None and home.startswith("gee_scl."):
                assert name in getattr(sys.modules[home], "__all__", [name]), f"{home} does not list {name}"


COMPLETE = """
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
shell.Completer.use_jedi = False
shell.run_cell("import gee_scl")
for module in ("gee_scl", "gee_scl.charts", "gee_scl.exports", "gee_scl.layers", "gee_scl.views"):
    print(module, *shell.complete(f"{module}.")[1])
"""


def test_completion_in_a_notebook_offers_the_public_names_and_no_others() -> None:
    done = subprocess.run([sys.executable, "-c", COMPLETE], capture_output=True, text=True, check=True)
    offered = {line.split()[0]: line.split()[1:] for line in done.stdout.splitlines()}
    for path, module in FACE.items():
        names = {name.rpartition(".")[2] for name in offered[path]}
        assert names - {"__version__"} == set(module.__all__) - {"__version__"}


def regions() -> ee.FeatureCollection:
    return ee.FeatureCollection(gee_scl.sample_regions())


MISSPELT: dict[str, tuple[Callable[[], object], str]] = {
    "a class": (lambda: gee_scl.class_mask(ee.Image(1), "vegetaton"), "'vegetation'"),
    "a class of a scheme": (lambda: gee_scl.SCHEMES["land"].class_values("Vegetatin"), "'Vegetation'"),
    "a class of a group": (lambda: gee_scl.Scheme.from_groups("x", {"A": "watr"}), "'water'"),
    "a class to be coloured": (lambda: gee_scl.SCHEMES["scl"].recolored({"Watr": "0000ff"}), "'Water'"),
    "a scheme": (lambda: gee_scl.class_statistics(ee.Image(1), (0, 0, 1, 1), scheme="vegitation"), "'vegetation'"),
    "a scheme looked up": (lambda: gee_scl.SCHEMES["clod"], "'cloud'"),
    "a preset": (lambda: gee_scl.mask_clouds(ee.Image(1), "standrd"), "'standard'"),
    "a preset looked up": (lambda: gee_scl.MASK_PRESETS["cautios"], "'cautious'"),
    "a palette looked up": (lambda: gee_scl.PALETTES["color_blnd"], "'colorblind'"),
    "a method": (lambda: gee_scl.composite(ee.ImageCollection([]), "medain"), "'median'"),
    "a column": (lambda: gee_scl.class_statistics(gee_scl.collection(), gee_scl.sample_regions(), id="nmae"), "'name'"),
    "a column to keep": (
        lambda: gee_scl.class_statistics(gee_scl.collection(), gee_scl.sample_regions(), keep=["descripton"]),
        "'description'",
    ),
    "a column on the server": (lambda: gee_scl.class_statistics(gee_scl.collection(), regions(), id="nmae"), "'name'"),
    "a column to keep on the server": (
        lambda: gee_scl.class_statistics(gee_scl.collection(), regions(), id="name", keep=["nots"]),
        "'note'",
    ),
    "a choice": (
        lambda: gee_scl.class_statistics(ee.Image(1), (0, 0, 1, 1), layout="wide", value="pecent"),  # type: ignore[arg-type]
        "'percent'",
    ),
    "a function": (lambda: gee_scl.class_statistcs, "'class_statistics'"),
}


@pytest.mark.usefixtures("sample_session")
@pytest.mark.parametrize(("call", "meant"), MISSPELT.values(), ids=list(MISSPELT))
def test_what_is_misspelt_is_answered_with_what_was_meant(call: Callable[[], object], meant: str) -> None:
    with pytest.raises((gee_scl.GeeSclError, KeyError, AttributeError), match=f"Did you mean {meant}"):
        call()


@pytest.mark.usefixtures("sample_session")
def test_a_region_that_a_chart_cannot_find_is_answered_with_the_one_that_was_meant() -> None:
    frame = gee_scl.class_statistics(
        gee_scl.collection(end="2023-04-10"), gee_scl.sample_regions(), id="name", by="date"
    )
    with pytest.raises(gee_scl.ArgumentError, match="Did you mean 'Lake'"):
        gee_scl.charts.stacked_area(frame, region="Lak")


@pytest.mark.usefixtures("sample_session")
def test_a_column_that_only_some_regions_on_the_server_have_is_carried() -> None:
    box = ee.Geometry.BBox(11.60, 46.45, 11.61, 46.46)
    some = ee.FeatureCollection([ee.Feature(box, {"crop": None}), ee.Feature(box, {"crop": "oats"})])
    frame = gee_scl.class_statistics(gee_scl.collection().first(), some, keep=["crop"])
    crops = frame.drop_duplicates("region").set_index("region")["crop"]
    assert crops.isna().tolist() == [True, False]
    assert crops[1] == "oats"
