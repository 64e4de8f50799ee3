"""The notebooks are stored as they should be, and run from top to bottom without an account."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

import gee_scl
from tests import notebooks

NAMES = {
    "01_classes",
    "02_water",
    "03_fields",
    "04_clouds_and_composites",
    "05_change",
    "06_exports",
    "07_own_pixels",
}
ONE_LINE = 'gee_scl.initialize(local=True)  # Earth Engine: gee_scl.initialize(project="your-project")'
MODULES = {"gee_scl", "gee_scl.charts", "gee_scl.exports", "gee_scl.layers", "gee_scl.views"}

each = pytest.mark.parametrize("path", notebooks.paths(), ids=lambda path: path.stem)


def code_of(notebook: nbformat.NotebookNode) -> list[str]:
    return [cell.source for cell in notebook.cells if cell.cell_type == "code"]


def test_all_notebooks_are_there() -> None:
    assert {path.stem for path in notebooks.paths()} == NAMES


@each
def test_a_notebook_is_stored_without_outputs(path: Path) -> None:
    notebook = notebooks.read(path)
    nbformat.validate(notebook)
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    assert path.read_text("utf-8") == notebooks.stripped(notebook)


@each
def test_a_notebooks_code_is_formatted_and_clean(path: Path) -> None:
    for command in (["format", "--check"], ["check"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "--no-cache", str(path)],
            cwd=notebooks.FOLDER.parent,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr


@each
def test_a_notebook_opens_with_its_title_its_pixels_and_the_one_line(path: Path) -> None:
    first, second, *_ = notebooks.read(path).cells
    assert first.cell_type == "markdown"
    assert first.source.startswith("# ")
    assert [line for line in first.source.splitlines() if line.startswith("**Pixels: synthetic.**")]
    assert second.cell_type == "code"
    assert second.source.splitlines()[-1] == ONE_LINE
    *imports, _ = ast.parse(second.source).body
    assert all(isinstance(statement, ast.Import | ast.ImportFrom) for statement in imports)


@each
def test_a_notebook_ends_with_a_check(path: Path) -> None:
    notebook = notebooks.read(path)
    headings = [
        line.lstrip("# ")
        for cell in notebook.cells
        if cell.cell_type == "markdown"
        for line in cell.source.splitlines()
        if line.startswith("#")
    ]
    assert headings[-1] == "Check"
    assert any(isinstance(node, ast.Assert) for node in ast.walk(ast.parse(code_of(notebook)[-1])))


@each
def test_a_notebook_uses_public_names_only(path: Path) -> None:
    used: set[str] = set()
    for code in code_of(notebooks.read(path)):
        lines = [line for line in code.splitlines() if not line.startswith(("%", "!"))]
        for node in ast.walk(ast.parse("\n".join(lines))):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "gee_scl":
                used.add(node.attr)
            elif isinstance(node, ast.ImportFrom) and str(node.module).split(".")[0] == "gee_scl":
                assert node.module in MODULES
                used |= {alias.name for alias in node.names} if node.module == "gee_scl" else set()
            elif isinstance(node, ast.Import):
                own = {alias.name for alias in node.names if alias.name.split(".")[0] == "gee_scl"}
                assert own <= MODULES
    assert used <= {*gee_scl.__all__, "__version__"}


@pytest.mark.long
@each
def test_a_notebook_runs_and_leaves_nothing_behind(path: Path, tmp_path: Path) -> None:
    stored = path.read_bytes()
    made = notebooks.run(path, tmp_path)
    assert not made.error, made.error
    outputs = [output for cell in made.notebook.cells for output in cell.get("outputs", [])]
    assert [output.text for output in outputs if output.get("name") == "stderr"] == []
    assert notebooks.processes(made.mark) == []
    assert [str(file.relative_to(made.home)) for file in made.home.rglob("*") if file.is_file()] == []
    assert path.read_bytes() == stored


def test_an_error_in_a_notebook_is_told_and_its_kernel_is_gone(tmp_path: Path) -> None:
    cells = [nbformat.v4.new_code_cell(code) for code in ("print('before')", "1 / 0", "print('after')")]
    path = tmp_path / "broken.ipynb"
    path.write_text(nbformat.writes(nbformat.v4.new_notebook(cells=cells)), "utf-8")
    (tmp_path / "run").mkdir()
    made = notebooks.run(path, tmp_path / "run")
    assert "ZeroDivisionError: division by zero" in made.error
    assert [bool(cell.outputs) for cell in made.notebook.cells] == [True, True, False]
    assert notebooks.processes(made.mark) == []
