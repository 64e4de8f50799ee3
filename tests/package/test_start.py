"""What a start loads: nobody waits for a package that is not used."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import gee_scl

CLIENT = "ee"
HEAVY = {"geemap", "geopandas", "matplotlib", "numpy", "pandas", "rasterio", "scipy", "shapely"}

STUB = ast.parse(Path(gee_scl.__file__).with_suffix(".pyi").read_text("utf-8"))


def loaded_by(code: str, **environment: str) -> set[str]:
    """The modules that a fresh Python has loaded when code has run."""
    said = f"{code}\nimport json, sys\nprint('', json.dumps(list(sys.modules)), sep='\\n')"
    done = subprocess.run(
        [sys.executable, "-c", said], capture_output=True, text=True, check=True, env={**os.environ, **environment}
    )
    return set(json.loads(done.stdout.splitlines()[-1]))


def command(*words: str) -> str:
    """Code that does what gee-scl does with words."""
    return f"import sys\nsys.argv = {['gee-scl', *words]!r}\nfrom gee_scl.commands.main import main\nassert main() == 0"


def test_importing_the_package_loads_neither_the_client_nor_what_draws_and_computes() -> None:
    assert loaded_by("import gee_scl").isdisjoint({CLIENT, *HEAVY})


@pytest.mark.parametrize(
    "words", [("legend",), ("legend", "--details"), ("legend", "--vocabulary", "both")], ids=" ".join
)
def test_the_legend_loads_neither_the_client_nor_pandas(words: tuple[str, ...]) -> None:
    assert loaded_by(command(*words)).isdisjoint({CLIENT, *HEAVY})


@pytest.mark.parametrize("words", [(), ("stats",), ("transitions",), ("export", "images")], ids=" ".join)
def test_help_loads_neither_the_client_nor_pandas(words: tuple[str, ...]) -> None:
    ended = f"try:\n    {command(*words, '--help').replace(chr(10), chr(10) + '    ')}\nexcept SystemExit:\n    pass"
    assert loaded_by(ended).isdisjoint({CLIENT, *HEAVY})


@pytest.mark.parametrize("name", ["SclClass", "SCHEMES", "MASK_PRESETS", "PALETTES", "GeeSclError", "Run", "legend"])
def test_facts_and_options_load_neither_the_client_nor_pandas(name: str) -> None:
    assert loaded_by(f"import gee_scl\ngee_scl.{name}").isdisjoint({CLIENT, *HEAVY})


def test_expressions_load_the_client_and_nothing_that_computes_here() -> None:
    loaded = loaded_by("import gee_scl\ngee_scl.mask_clouds, gee_scl.composite, gee_scl.collection, gee_scl.layers")
    assert CLIENT in loaded
    assert loaded.isdisjoint(HEAVY)


def test_statistics_on_the_sample_load_nothing_that_draws_and_no_part_of_scipy(sample: Path) -> None:
    loaded = loaded_by(command("stats", "--local", "--end", "2023-01-10"), GEE_SCL_CACHE=str(sample.parent))
    assert {CLIENT, "pandas", "gee_scl.local.engine"} <= loaded
    assert loaded.isdisjoint({"geemap", "geopandas", "matplotlib", "scipy.ndimage", "scipy.special", "scipy.sparse"})
    assert not any(name.startswith(("gee_scl.views", "gee_scl.exports")) for name in loaded)


def test_the_names_that_type_checkers_see_are_those_that_there_are() -> None:
    (listed,) = (statement.value for statement in STUB.body if isinstance(statement, ast.Assign))
    assert sorted(ast.literal_eval(listed)) == gee_scl.__all__
    assert all(hasattr(gee_scl, name) for name in gee_scl.__all__)


def test_a_public_name_is_the_same_thing_wherever_it_is_imported_from() -> None:
    for statement in STUB.body:
        for alias in statement.names if isinstance(statement, ast.ImportFrom) else ():
            space: dict[str, object] = {}
            exec(f"from {statement.module} import {alias.name}", space)  # noqa: S102 - as the stub says it
            assert space[alias.name] is getattr(gee_scl, alias.name)


def test_a_star_brings_all_public_names() -> None:
    space: dict[str, object] = {}
    exec("from gee_scl import *", space)  # noqa: S102
    assert set(gee_scl.__all__) <= space.keys()
