"""What the reader of the source would show otherwise than a user sees it: names of functions, and words of options."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

import griffe

CHOICE = "gee_scl.options.choices.Choice"


class PublicNames(griffe.Extension):
    """`by: By | str` is shown as `by: "image" | "date"`; `charts.bars` is the function, not the module of that name."""

    def on_package(self, *, pkg: griffe.Module, loader: griffe.GriffeLoader, **kwargs: Any) -> None:
        """Change what was read, once all of the package is there."""
        # Other names are looked up first: their paths lead through the modules that give way to functions.
        loader.resolve_aliases(implicit=False, external=False)
        _spell_choices_out(pkg, loader)
        _put_functions_before_modules(pkg)


def _put_functions_before_modules(package: griffe.Module) -> None:
    for name, module in list(package.members.items()):
        if module.is_alias or not module.is_module:
            continue
        _put_functions_before_modules(module)
        exported = package.exports or []
        if name in module.members and name in map(str, exported):
            package.members[name] = griffe.Alias(name, module.members[name], parent=package)


def _spell_choices_out(found: griffe.Object, loader: griffe.GriffeLoader) -> None:
    for member in found.members.values():
        if member.is_alias:
            continue
        if member.is_function:
            for parameter in member.parameters:
                parameter.annotation = _spelt(parameter.annotation, loader)
        else:
            _spell_choices_out(member, loader)


def _spelt(annotation: Any, loader: griffe.GriffeLoader) -> Any:
    """An annotation with the words that a choice has, in place of its name and of the text that stands for one."""
    parts = list(_united(annotation))
    words = {place: _words(part, loader) for place, part in enumerate(parts)}
    if not any(words.values()):
        return annotation
    spelt = [
        spelling
        for place, part in enumerate(parts)
        for spelling in (words[place] or ([] if str(part) == "str" else [part]))
    ]
    union = spelt[0]
    for spelling in spelt[1:]:
        union = griffe.ExprBinOp(left=union, operator="|", right=spelling)
    return union


def _united(annotation: Any) -> Iterator[Any]:
    """The members of a union, in order."""
    if isinstance(annotation, griffe.ExprBinOp) and annotation.operator == "|":
        yield from _united(annotation.left)
        yield from _united(annotation.right)
    else:
        yield annotation


def _words(annotation: Any, loader: griffe.GriffeLoader) -> list[str]:
    """The words of a choice, as they stand in code; none for anything else."""
    if not isinstance(annotation, griffe.ExprName):
        return []
    try:
        found = loader.modules_collection[annotation.canonical_path]
        found = found.final_target if found.is_alias else found
    except (KeyError, griffe.GriffeError):
        return []
    if not found.is_class or CHOICE not in [getattr(base, "canonical_path", base) for base in found.bases]:
        return []
    values = [member.value for member in found.members.values() if member.is_attribute and member.name.isupper()]
    return [f'"{ast.literal_eval(str(value))[0]}"' for value in values]
