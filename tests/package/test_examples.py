"""Every public name has an example in its documentation, and every example does what it says, on the bundled sample."""

from __future__ import annotations

import contextlib
import doctest
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import griffe
import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest

import gee_scl

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = ROOT / ".docs" / "pages" / "reference" / "index.md"
MODULES = ("charts", "exports", "layers", "views")
"""Modules whose public names are reached through them: `gee_scl.charts.bars`."""


DOCUMENTED = [
    *(f"gee_scl.{name}" for name in gee_scl.__all__ if name not in ("__version__", *MODULES)),
    *(f"gee_scl.{module}.{name}" for module in MODULES for name in getattr(gee_scl, module).__all__),
]
"""What a user can reach."""


@pytest.fixture(scope="module")
def package() -> griffe.Object:
    """The package, read from the source, so that constants have their docstrings too."""
    return griffe.load("gee_scl", search_paths=[ROOT], resolve_aliases=True)


def examples(package: griffe.Object, name: str) -> list[tuple[str, str]]:
    """The documentation of a name and of its public members, where it has an example."""
    found = package[name.removeprefix("gee_scl.")]
    # `gee_scl.charts.bars` is a function and, to a reader of the source, the module that defines it.
    found = found[found.name] if found.is_module else found
    found = found.final_target if found.is_alias else found
    texts = [(name, found.docstring.value)] if found.docstring else []
    if found.is_class:
        members = {key: member for key, member in found.members.items() if not key.startswith("_")}
        texts += [(f"{name}.{key}", member.docstring.value) for key, member in members.items() if member.docstring]
    return [(title, text) for title, text in texts if ">>>" in text]


@pytest.fixture(scope="module")
def beginning(sample_engine: str) -> Iterator[dict[str, Any]]:
    """The names that the reference says every example starts from."""
    code = re.search(r"```python\n(.*?)```", REFERENCE.read_text("utf-8"), re.DOTALL)
    assert code is not None
    opening = "gee_scl.initialize(local=True)"
    assert opening in code[1]
    names: dict[str, Any] = {}
    with gee_scl.local_session(sample_engine):
        exec(code[1].replace(opening, ""), names)  # noqa: S102
        yield names


@pytest.fixture
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The current folder of an example: empty. Charts open no window, and are closed afterwards."""
    folder = tmp_path / "current"
    folder.mkdir()
    monkeypatch.chdir(folder)
    mpl.use("agg")
    yield folder
    plt.close("all")


@pytest.mark.parametrize("name", DOCUMENTED)
def test_every_public_name_has_an_example(name: str, package: griffe.Object) -> None:
    assert examples(package, name), f"{name} has no example"


@pytest.mark.parametrize("name", DOCUMENTED)
@pytest.mark.usefixtures("empty_folder")
@pytest.mark.some(30)
def test_every_example_does_what_it_says(
    name: str,
    package: griffe.Object,
    beginning: dict[str, Any],
    sample: Path,
    sample_engine: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    texts = examples(package, name)
    engine: str | Path = sample_engine
    if any("exports.export_" in text for _, text in texts):
        # An engine of its own has no task yet, and exports to the current folder; what it was asked for is kept apart.
        monkeypatch.setenv("GEE_SCL_CACHE", str(tmp_path / "cache"))
        engine = sample
    report = io.StringIO()
    with gee_scl.local_session(engine), contextlib.redirect_stdout(report):
        for title, text in texts:
            test = doctest.DocTestParser().get_doctest(text, dict(beginning), title, None, 0)
            runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
            runner.run(test, out=report.write)
            assert runner.failures == 0, report.getvalue()
