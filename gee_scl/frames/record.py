"""How a frame was made: what goes with it in `attrs`, and in each row of an exported table."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Self

from gee_scl.errors import ArgumentError

if TYPE_CHECKING:
    import pandas as pd

    from gee_scl.classes.schemes import Scheme

ATTRS_KEY = "gee_scl"
"""Under which a frame's `attrs` hold its record."""

_OWN = "the band's own"
_GIVEN = "as given"


@dataclass(frozen=True)
class PeriodRecord:
    """One side of a change.

    Attributes:
        images: how many it has.
        first: its first day, or None where no image has a time.
        last: its last day, likewise.
    """

    images: int
    first: str | None = None
    last: str | None = None


@dataclass(frozen=True)
class Record:
    """How a statistics frame was made.

    Attributes:
        scheme: name of the scheme.
        classes: the scheme's names by value.
        left_out: codes of the source that are in no class.
        band: of class codes.
        weights: "centre" or "fraction".
        crs: that was counted in; None is the band's own.
        scale: metres per pixel.
        own_grid: whether pixels were counted on the band's own grid, without resampling.
        images: how many were read.
        synthetic: whether pixels were made and not measured.
        regions: how many there are.
        requests: how many were made.
        by: "image" or "date"; None for a change.
        day: "utc" or "solar", whose day a date is; None where days play no part.
        pick: which class a period of a change stands for.
        before: the first period of a change.
        after: the second one.
        regions_without_image: ids of the regions that no image meets.
        regions_not_seen_twice: ids of the regions of which nothing was seen in both periods of a change.
        pixels_outside_scheme: how many pixels have a value that is no code of the scheme's source; None where none has.
        baseline_changes: changes of the classification that some images were made before and others after; None where
            there is none.
        failures: what could not be had: for each part its "regions", "images" and "error"; None where all was.
        output: the folder that has the rows; None where they are in the frame.
        more: what else there is to say, by name.
    """

    scheme: str
    classes: Mapping[int, str]
    left_out: tuple[int, ...]
    band: str
    weights: str
    crs: str | None
    scale: float
    own_grid: bool
    images: int
    synthetic: bool
    regions: int
    requests: int
    by: str | None = None
    day: str | None = None
    pick: str | None = None
    before: PeriodRecord | None = None
    after: PeriodRecord | None = None
    regions_without_image: tuple[object, ...] | None = None
    regions_not_seen_twice: tuple[object, ...] | None = None
    pixels_outside_scheme: float | None = None
    baseline_changes: tuple[str, ...] | None = None
    failures: tuple[Mapping[str, Any], ...] | None = None
    output: str | None = None
    more: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))

    def to_attrs(self) -> dict[str, Any]:
        """The record as a frame's `attrs` hold it: plain values under the names of the fields.

        Returns:
            A dictionary; what does not apply is left out, `crs` and `grid` say "the band's own" where they are.
        """
        attrs = {f.name: _plain(getattr(self, f.name)) for f in fields(self) if f.name not in ("own_grid", "more")}
        attrs = {name: value for name, value in attrs.items() if value is not None}
        attrs |= {"crs": self.crs or _OWN, "grid": _OWN if self.own_grid else _GIVEN}
        return {**attrs, **self.more}

    @classmethod
    def from_attrs(cls, attrs: Mapping[str, Any]) -> Self | None:
        """The record that `to_attrs` wrote.

        Args:
            attrs: as a frame holds it.

        Returns:
            The record; None where there is none, as pandas drops `attrs` here and there.
        """
        written = attrs.get(ATTRS_KEY)
        names = [f.name for f in fields(cls)]
        if not isinstance(written, Mapping) or not {"scheme", "classes", "band", "scale"} <= set(written):
            return None
        values = {name: written[name] for name in names if name in written}
        values["classes"] = {int(value): name for value, name in written["classes"].items()}
        values["crs"] = None if written.get("crs") == _OWN else written.get("crs")
        values["own_grid"] = written.get("grid") == _OWN
        for name in ("left_out", "regions_without_image", "regions_not_seen_twice", "baseline_changes", "failures"):
            if name in values:
                values[name] = tuple(values[name])
        for name in ("before", "after"):
            if name in values:
                values[name] = PeriodRecord(**values[name])
        values["more"] = {name: value for name, value in written.items() if name not in (*names, "grid")}
        return cls(**values)

    def to_json(self) -> str:
        """What `to_attrs` gives, as JSON."""
        return json.dumps(self.to_attrs(), separators=(",", ":"), default=str)

    @classmethod
    def from_json(cls, text: str) -> Self | None:
        """The record that `to_json` wrote; None where the text is of something else.

        Raises:
            ValueError: the text is no JSON.
        """
        return cls.from_attrs({ATTRS_KEY: json.loads(text)})

    def put_on(self, frame: pd.DataFrame) -> None:
        """Say of a frame how it was made."""
        frame.attrs[ATTRS_KEY] = self.to_attrs()


def described_scheme(scheme: Scheme) -> dict[str, Any]:
    """What a record says of the classes."""
    return {
        "scheme": scheme.name,
        "classes": dict(zip(scheme.values, scheme.names, strict=True)),
        "left_out": tuple(scheme.left_out),
    }


def record_of(frame: pd.DataFrame) -> Record | None:
    """How a frame was made; None where it does not say."""
    return Record.from_attrs({str(name): value for name, value in frame.attrs.items()})


def required_record(frame: pd.DataFrame) -> Record:
    """How a frame was made, where it has to say.

    Raises:
        ArgumentError: it does not, as pandas drops `attrs` here and there.
    """
    record = record_of(frame)
    if record is None:
        allowed = f"a statistics frame whose attrs[{ATTRS_KEY!r}] say how it was made"
        raise ArgumentError("frame", dict(frame.attrs), allowed)
    return record


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, Mapping):
        return dict(value)
    return value if not isinstance(value, PeriodRecord) else {f.name: getattr(value, f.name) for f in fields(value)}
