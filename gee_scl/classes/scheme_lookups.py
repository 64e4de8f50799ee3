"""How the classes of a scheme are found by what callers name: by the values of its classes, or by codes of its band."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gee_scl.classes.scheme_class import SchemeClass
from gee_scl.classes.selection import SCL_LABELS, SCL_LOOKUP, ClassLookup


def values_lookup(name: str, classes: Sequence[SchemeClass], *, is_scl: bool) -> ClassLookup:
    """Find values. Groups and names of the SCL select the classes all of whose codes they hold.

    Args:
        name: of the scheme.
        classes: of the scheme.
        is_scl: whether its band is the SCL.
    """
    held = {
        label: tuple(member.value for member in classes if set(member.codes) <= set(codes))
        for label, codes in _labels_of_the_scl(is_scl).items()
    }
    keeps_codes = all(member.codes == (member.value,) for member in classes)
    return ClassLookup(
        codes=tuple(member.value for member in classes),
        labels=_with_own(
            {member.name: (member.value,) for member in classes},
            {label: values for label, values in held.items() if values},
        ),
        allowed=f"values and names of scheme {name!r}: "
        + ", ".join(f"{member.value} {member.name}" for member in classes),
        is_scl=is_scl and keeps_codes,
    )


def codes_lookup(name: str, classes: Sequence[SchemeClass], source: Sequence[int], *, is_scl: bool) -> ClassLookup:
    """Find codes: those that the named classes gather, and those that are given as they are.

    Args:
        name: of the scheme.
        classes: of the scheme.
        source: codes that its band can have.
        is_scl: whether its band is the SCL.
    """
    own = {member.name: member.codes for member in classes}
    of_the_scl = _labels_of_the_scl(is_scl)
    if is_scl and all(of_the_scl.get(label) == codes for label, codes in own.items()):
        return SCL_LOOKUP
    groups = "; or names and groups of the SCL" if is_scl else ""
    return ClassLookup(
        codes=source,
        labels=_with_own(own, of_the_scl),
        allowed=f"codes and names of scheme {name!r}: "
        + ", ".join(f"{'/'.join(map(str, codes))} {label}" for label, codes in own.items())
        + groups,
        is_scl=is_scl,
    )


def _labels_of_the_scl(is_scl: bool) -> Mapping[str, tuple[int, ...]]:
    return SCL_LABELS if is_scl else {}


def _with_own(
    own: Mapping[str, tuple[int, ...]], others: Mapping[str, tuple[int, ...]]
) -> Mapping[str, tuple[int, ...]]:
    """All labels, the scheme's own first: where it has a class of a name, that is meant."""
    return {**own, **{label: codes for label, codes in others.items() if label not in own}}
