"""The house: what a person sees who opens it, where the server is asked, and that nothing is said twice."""

from __future__ import annotations

import ast
import importlib
import inspect
import io
import pkgutil
import re
import shutil
import subprocess
import sys
import tokenize
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

import gee_scl

PACKAGE = Path(gee_scl.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))
OF_THE_CLIENTS_SIDE = [path for path in MODULES if "local" not in path.relative_to(PACKAGE).parts]


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0]


def test_who_opens_the_package_sees_at_most_fourteen_names() -> None:
    names = {path.stem for path in PACKAGE.iterdir() if not path.name.startswith("__") and path.name != "py.typed"}
    assert len(names) <= 14, names


def test_each_folder_says_what_belongs_in_it() -> None:
    for folder in {path.parent for path in MODULES}:
        text = ast.get_docstring(tree_of(folder / "__init__.py"))
        assert text, folder
        assert text[0].isupper(), folder


def test_the_floors_and_the_absence_of_circles_are_kept() -> None:
    command = shutil.which("lint-imports", path=str(Path(sys.executable).parent))
    if command is None:
        pytest.skip("import-linter is not installed")
    checked = subprocess.run(
        [command, "--no-logo", "--no-cache"], cwd=PACKAGE.parent, capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stdout
    assert "0 broken" in checked.stdout


def lines_of_code(path: Path) -> int:
    """Lines that are neither docstring nor comment nor blank."""
    source = path.read_text("utf-8")
    documented: set[int] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node, clean=False):
            documented |= set(range(node.body[0].lineno, (node.body[0].end_lineno or 0) + 1))
    passed_over = (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT)
    code: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in (*passed_over, tokenize.ENDMARKER):
            code |= set(range(token.start[0], token.end[0] + 1))
    return len(code - documented)


LONG: dict[str, str] = {}
"""Modules of over 300 lines of code, and why."""


def test_no_module_is_longer_than_its_reason() -> None:
    long = {path.relative_to(PACKAGE).as_posix() for path in MODULES if lines_of_code(path) > 300}
    assert long == set(LONG)
    assert len(LONG) <= 3


CLIENT_CALLS = {"getInfo", "getMapId", "getThumbURL", "getVideoThumbURL", "getDownloadURL", "evaluate"}
"""Methods of the client's objects that ask the server."""


def client_calls(path: Path) -> Iterator[str]:
    """Where a module has the client ask the server, or touches its session."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Attribute):
            text = ast.unparse(node)
            if node.attr in CLIENT_CALLS or text.startswith(("ee.data.", "ee.batch.")) or text == "ee.EEException":
                yield f"{path.name}: {text}"
            if text in ("ee.Initialize", "ee.Reset"):
                yield f"{path.name}: {text}"


def test_the_client_is_called_in_one_room() -> None:
    asking = {room_of(path) for path in OF_THE_CLIENTS_SIDE if list(client_calls(path))}
    assert asking == {"requests"}


def test_what_the_client_raises_is_caught_in_one_place_and_a_session_asked_for_in_one() -> None:
    everywhere = [call for path in OF_THE_CLIENTS_SIDE for call in client_calls(path)]
    # One translates what requests raise, the other what opening a session raises.
    assert sorted(call for call in everywhere if "EEException" in call) == [
        "connection.py: ee.EEException",
        "refusals.py: ee.EEException",
    ]
    assert [call for call in everywhere if "is_initialized" in call] == ["connection.py: ee.data.is_initialized"]


def test_threads_are_started_in_one_place() -> None:
    starting = [
        path.relative_to(PACKAGE).as_posix()
        for path in OF_THE_CLIENTS_SIDE
        if re.search(r"ThreadPoolExecutor|threading\.Thread\(", path.read_text("utf-8"))
    ]
    assert starting == ["requests/crew.py"]


def raised_texts(path: Path) -> Iterator[str]:
    """The texts of the errors that a module makes, as they stand in the code."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name.endswith("Error"):
                for part in ast.walk(node):
                    if isinstance(part, ast.Constant) and isinstance(part.value, str) and len(part.value) > 18:
                        yield part.value


def test_no_text_of_an_error_stands_in_two_modules() -> None:
    places: dict[str, set[str]] = defaultdict(set)
    for path in OF_THE_CLIENTS_SIDE:
        for text in raised_texts(path):
            places[text].add(path.relative_to(PACKAGE).as_posix())
    assert {text: modules for text, modules in places.items() if len(modules) > 1} == {}


def test_no_function_hides_a_module() -> None:
    for found in pkgutil.walk_packages(gee_scl.__path__, "gee_scl."):
        parent, _, name = found.name.rpartition(".")
        if name != "__main__":
            importlib.import_module(found.name)
            assert inspect.ismodule(getattr(importlib.import_module(parent), name)), found.name


def test_the_public_face_has_about_a_hundred_names() -> None:
    modules = ["charts", "exports", "layers", "views"]
    names = [name for name in gee_scl.__all__ if name not in (*modules, "__version__")]
    names += [name for module in modules for name in getattr(gee_scl, module).__all__]
    assert len(names) <= 120
