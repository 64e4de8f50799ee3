"""What the reader of the source would show otherwise than a user sees it: names of functions, and names of choices."""

from __future__ import annotations

import dataclasses
from typing import Any

import griffe


class PublicNames(griffe.Extension):
    """`gee_scl.collection` is the function, not the module that defines it; `By` is Literal["image", "date"]."""

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
        if name in module.members:
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
    """An annotation with what its names stand for, where that is a Literal."""
    if isinstance(annotation, griffe.ExprBinOp):
        left, right = _spelt(annotation.left, loader), _spelt(annotation.right, loader)
        return dataclasses.replace(annotation, left=left, right=right)
    if isinstance(annotation, griffe.ExprName):
        try:
            target = loader.modules_collection[annotation.canonical_path]
            value = target.value if target.is_attribute else None
        except (KeyError, griffe.GriffeError):
            return annotation
        if isinstance(value, griffe.ExprSubscript) and str(value.left) == "Literal":
            return value
    return annotation
