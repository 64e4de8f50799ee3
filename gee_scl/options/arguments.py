"""Arguments against the types that a signature gives them, before anything else is done with them.

What a type cannot say, such as a range of numbers or the words of a choice, is for `checks` and `choices`. The client
is imported where one of its objects is looked for: the classes, the options and the command line do without it.
"""

from __future__ import annotations

import dataclasses
import functools
import inspect
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, ParamSpec, TypeGuard, TypeVar, cast

from gee_scl.errors import ArgumentError, Plain
from gee_scl.options.bar import Bar
from gee_scl.options.checks import as_collection, checked_collection, has_members
from gee_scl.options.names import no_such_argument

if TYPE_CHECKING:
    import ee

P = ParamSpec("P")
T = TypeVar("T")
Check = Callable[[str, Any], Any]
"""Takes the name of an argument and what came; gives what is gone on with."""

_OPTIONAL = " | None"


def checked(*, but: Collection[str] = ()) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Have a function's arguments checked by the types of its signature, as far as there is a check for them.

    Args:
        but: arguments that the function checks in words of its own.

    Returns:
        A decorator. The function raises an `ArgumentError` that names the argument, before it begins.
    """

    def decorator(function: Callable[P, T]) -> Callable[P, T]:
        signature = inspect.signature(function)
        kinds = {parameter.kind for parameter in signature.parameters.values()}
        has_names_of_its_own = inspect.Parameter.VAR_KEYWORD in kinds
        checks = {
            name: check
            for name, parameter in signature.parameters.items()
            if name not in but and (check := _check_for(str(parameter.annotation), parameter.default)) is not None
        }

        @functools.wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> T:
            try:
                bound = signature.bind(*args, **kwargs)
            except TypeError:
                if not has_names_of_its_own:
                    no_such_argument(function.__name__, kwargs, signature.parameters)
                return function(*args, **kwargs)  # which says it in Python's own words
            for name in checks.keys() & bound.arguments.keys():
                bound.arguments[name] = checks[name](name, bound.arguments[name])
            return function(*bound.args, **bound.kwargs)

        return call

    return decorator


def check_fields(instance: Any, *, but: Collection[str] = ()) -> None:
    """Check the fields of a frozen dataclass likewise, from its `__post_init__`.

    Raises:
        ArgumentError: a field is of another type.
    """
    for field in dataclasses.fields(instance):
        check = None if field.name in but else _check_for(str(field.type), field.default)
        if check is not None:
            object.__setattr__(instance, field.name, check(field.name, getattr(instance, field.name)))


def _check_for(annotation: str, default: object) -> Check | None:
    kind = annotation.removesuffix(_OPTIONAL)
    check = _CHECKS.get(kind) or next((check for start, check in _OF_ANYTHING.items() if kind.startswith(start)), None)
    if " | " in kind and kind not in _CHECKS:
        check = None
    if kind == "str" and default == "":
        check = any_text
    if check is None:
        return None
    return _or_none(check) if kind != annotation or default is None else check


def _or_none(check: Check) -> Check:
    def optional(argument: str, given: Any) -> Any:
        try:
            return None if given is None else check(argument, given)
        except ArgumentError as error:
            if error.allowed.endswith(", or None"):
                raise
            raise type(error)(argument, error.given, f"{error.allowed}, or None", error.hint) from None

    return optional


def text(argument: str, given: object) -> str:
    """Refuse what is no text, or an empty one.

    Raises:
        ArgumentError: it is something else.
    """
    if not isinstance(given, str) or not given:
        raise ArgumentError(argument, given, "a text that is not empty")
    return given


def texts(argument: str, given: object) -> tuple[str, ...]:
    """Take one text, or several.

    Raises:
        ArgumentError: it is something else.
    """
    several = (given,) if isinstance(given, str) else tuple(given) if _is_iterable(given) else None
    if several is None or not all(isinstance(word, str) and word for word in several):
        raise ArgumentError(argument, given, "a text, or a list of texts")
    return tuple(several)


def flag(argument: str, given: object) -> bool:
    """Take what is true or false; anything else may be meant for another argument.

    Raises:
        ArgumentError: it is something else.
    """
    if not isinstance(given, bool) and not _is_numpys_bool(given):
        raise ArgumentError(argument, given, "True or False")
    return bool(given)


def image(argument: str, given: object) -> ee.Image:
    """Take an image; what the server computes and the client knows no type of is taken for one.

    Raises:
        ArgumentError: it is something else.
    """
    import ee

    if not isinstance(given, ee.Image) and type(given) not in (ee.ComputedObject, ee.Element):
        hint = "Choose one of them, or make a composite." if isinstance(given, ee.ImageCollection) else ""
        raise ArgumentError(argument, Plain(type(given).__name__), "an ee.Image", hint)
    return cast("ee.Image", ee.Image(given))


def progress(argument: str, given: object) -> Callable[..., object] | None:
    """Take a function that is told how far the work is, or whether a bar is to show it.

    Raises:
        ArgumentError: it is something else.
    """
    if isinstance(given, bool):
        return Bar() if given else None
    if not callable(given):
        allowed = "True for a bar, a function of two numbers, what is done and the total, or None"
        raise ArgumentError(argument, given, allowed)
    return given


def hashable(argument: str, given: object) -> Hashable:
    """Take what can be the id of a region.

    Raises:
        ArgumentError: it is a list, a table or the like.
    """
    try:
        hash(given)  # a tuple says that it can be, and cannot where a list is in it
    except TypeError:
        raise ArgumentError(argument, Plain(f"a {type(given).__name__}"), "the id of one region") from None
    return given


def _images(argument: str, given: object) -> ee.Image | ee.ImageCollection:
    import ee

    if type(given) in (ee.ComputedObject, ee.Element):  # the image of a map
        return cast("ee.Image", ee.Image(given))
    as_collection(given, argument)
    return cast("ee.Image | ee.ImageCollection", given)


def any_text(argument: str, given: object) -> str:
    """Refuse what is no text; an empty one is one.

    Raises:
        ArgumentError: it is something else.
    """
    if not isinstance(given, str):
        raise ArgumentError(argument, given, "a text")
    return given


def _one_or_several(argument: str, given: object) -> str | tuple[str, ...]:
    several = texts(argument, given)
    return given if isinstance(given, str) else several


def _list_of_texts(argument: str, given: object) -> tuple[str, ...]:
    if isinstance(given, str):
        raise ArgumentError(argument, given, "a list of texts")
    return texts(argument, given)


def _mapping(argument: str, given: object) -> Mapping[Any, Any]:
    if not isinstance(given, Mapping):
        raise ArgumentError(argument, given, "a dictionary")
    return given


def _sequence(argument: str, given: object) -> tuple[Any, ...]:
    if isinstance(given, str | bytes | Mapping) or not _is_iterable(given):
        raise ArgumentError(argument, given, "a list")
    return tuple(given)


def _geometry(argument: str, given: object) -> ee.Geometry:
    import ee

    if not isinstance(given, ee.Geometry) and type(given) is not ee.ComputedObject:
        hint = "ee.Feature(...).geometry() gives it." if isinstance(given, ee.Feature | ee.FeatureCollection) else ""
        raise ArgumentError(argument, Plain(type(given).__name__), "an ee.Geometry", hint)
    return cast("ee.Geometry", ee.Geometry(given))


def _is_iterable(given: object) -> TypeGuard[Iterable[Any]]:
    """Whether it has members in an order: a set has none, and those of a table are its columns."""
    import ee

    others = (bytes, set, frozenset, Mapping, ee.ComputedObject)
    return (
        isinstance(given, Iterable)
        and has_members(given)
        and not isinstance(given, others)
        and not hasattr(given, "columns")
    )


def _is_numpys_bool(given: object) -> bool:
    return type(given).__module__ == "numpy" and type(given).__name__ in ("bool", "bool_")


_CHECKS: Mapping[str, Check] = {
    "bool": flag,
    "str": text,
    "Sequence[str]": _list_of_texts,
    "str | Sequence[str]": _one_or_several,
    "str | Iterable[str]": _one_or_several,
    "ee.Image": image,
    "ee.ImageCollection": lambda argument, given: checked_collection(given, argument),
    "ee.Image | ee.ImageCollection": _images,
    "ee.Geometry": _geometry,
    "Progress": progress,
    "Hashable": hashable,
    "Sequence[int]": _sequence,
    "Iterable[Hashable]": _sequence,
}
"""By the text of the annotation, without "or None"."""

_OF_ANYTHING: Mapping[str, Check] = {"Mapping[": _mapping, "tuple[": _sequence}
"""By the beginning of the annotation: what their members are is for the function."""
