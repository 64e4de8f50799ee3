"""Every advice that the package gives, found in its source: what stands where an error says what to do."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import gee_scl

PACKAGE = Path(gee_scl.__file__).parent

_NAMES = {"hint", "advice", "how", "sign_in"}
"""Variables that hold advice."""

_CALLS = {"refusal": 3, "Failure": 2, "no_codes": 2, "require_codes": 2}
"""Calls besides those of errors, with the place of the advice among their arguments."""


@dataclass(frozen=True, order=True)
class Advice:
    """A piece of advice in the source.

    Attributes:
        module: where it stands, below the package.
        text: as it is written, with "…" for what is filled in.
    """

    module: str
    text: str

    @property
    def pattern(self) -> re.Pattern[str]:
        """What a message with this advice looks like."""
        return re.compile(".*".join(re.escape(part) for part in self.text.split("…")), re.DOTALL)


@cache
def all_advice() -> tuple[Advice, ...]:
    """All advice of the package, but for the engine's, whose texts are the server's."""
    found = set()
    for path in sorted(PACKAGE.rglob("*.py")):
        module = path.relative_to(PACKAGE).as_posix()
        if not module.startswith("local/"):
            found |= {Advice(module, text) for text in _Source(path).texts()}
    return tuple(sorted(advice for advice in found if re.search(r"\w", advice.text.replace("…", ""))))


class _Source:
    """A module's texts of advice, those that stand in its constants among them."""

    def __init__(self, path: Path) -> None:
        self._tree = ast.parse(path.read_text(encoding="utf-8"))
        assigned = [node for node in self._tree.body if isinstance(node, ast.Assign)]
        self._constants = {str(getattr(node.targets[0], "id", "")): node.value for node in assigned}

    def texts(self) -> Iterator[str]:
        for node in ast.walk(self._tree):
            if isinstance(node, ast.Assign | ast.AnnAssign):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                names = {str(getattr(target, "id", "")).strip("_").lower() for target in targets}
                if node.value is not None and names & _NAMES:
                    yield from self._written(node.value)
            elif isinstance(node, ast.Call):
                yield from (text for argument in _advising(node) for text in self._written(argument))

    def _written(self, node: ast.expr) -> Iterator[str]:
        """The texts that an expression can be."""
        if isinstance(node, ast.IfExp):
            yield from self._written(node.body)
            yield from self._written(node.orelse)
        elif isinstance(node, ast.Tuple):  # of patterns, each with its advice
            for pair in node.elts:
                if isinstance(pair, ast.Tuple):
                    yield from self._written(pair.elts[1])
        elif isinstance(node, ast.Name) and isinstance(self._constants.get(node.id), ast.Constant | ast.JoinedStr):
            yield _joined(self._constants[node.id])
        elif isinstance(node, ast.Call) and getattr(node.func, "attr", "") in ("format", "rstrip", "strip"):
            yield from (text.replace("{!r}", "…") for text in self._written(node.func.value))  # type: ignore[attr-defined]
        elif isinstance(node, ast.BinOp | ast.JoinedStr | ast.Constant):
            yield _joined(node)


def _advising(call: ast.Call) -> Iterator[ast.expr]:
    """The arguments of a call that hold advice."""
    name = str(getattr(call.func, "id", getattr(call.func, "attr", "")))
    place = 3 if name.endswith("Error") else _CALLS.get(name)
    if place is not None and len(call.args) > place:
        yield from call.args[place : place + (2 if name == "Failure" else 1)]
    yield from (keyword.value for keyword in call.keywords if keyword.arg == "hint")


def _joined(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _joined(node.left) + _joined(node.right)
    return "…"
