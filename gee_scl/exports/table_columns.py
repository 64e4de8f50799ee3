"""Columns of exported tables: what they are called, and the one that says how a row was measured."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gee_scl.classes.scheme_class import SchemeClass
from gee_scl.classes.schemes import SCHEMES, Scheme, get_scheme
from gee_scl.errors import ArgumentError
from gee_scl.exports.cells import kind_of
from gee_scl.frames.answers import OUTSIDE, TOTAL, pixels_and_areas
from gee_scl.frames.record import ATTRS_KEY, Record
from gee_scl.options.choices import By

if TYPE_CHECKING:
    from gee_scl.statistics.survey import Survey

SETTINGS = "gee_scl"
"""The column that says how a row was measured, as JSON. It is in each row, so that parts of a table, tables put
together, and tables that other programs have sorted can be read."""

ORDER = "region_order"

OUTLINE = ".geo"
"""The client's name of a row's geometry among the columns."""


def columns(by: By, keep: Sequence[str], scheme: Scheme) -> list[str]:
    """The columns of a table, in order.

    Args:
        by: what a row is of.
        keep: properties of the regions that are carried.
        scheme: the classes.
    """
    sums = pixels_and_areas(scheme.values)
    times = ["image", "tile", "date", "time"] if by is By.IMAGE else ["date", "time"]
    return ["region", *keep, *times, *sums, OUTSIDE, TOTAL, ORDER, SETTINGS]


@dataclass(frozen=True)
class TableSettings:
    """All that a row does not say itself.

    Attributes:
        record: how it was measured.
        scheme: the classes.
        id_kind: the kind of the regions' ids (`cells`).
        keep_kinds: the kinds of the carried properties, by name.
        part: which part of the table its file is, from 1.
        parts: how many there are.
    """

    record: Record
    scheme: Scheme
    id_kind: str
    keep_kinds: Mapping[str, str]
    part: int = 1
    parts: int = 1

    @classmethod
    def of(cls, survey: Survey) -> TableSettings:
        """From what is measured."""
        places = survey.places
        return cls(
            survey.record(requests=0),
            survey.measure.scheme,
            kind_of("id", [place.id for place in places]),
            {name: kind_of("keep", [place.kept[name] for place in places]) for name in survey.regions.keep},
        )

    def to_json(self) -> str:
        """As a cell holds it; a scheme of the package goes by its name alone."""
        scheme = self.scheme
        classes = [[m.value, m.name, m.color, list(m.codes)] for m in scheme.classes]
        own = {"title": scheme.title, "classes": classes, "source": list(scheme.source)}
        document: dict[str, Any] = {
            "record": self.record.to_attrs(),
            "scheme": None if SCHEMES.get(scheme.name) == scheme else own,
            "id": self.id_kind,
            "keep": self.keep_kinds,
        }
        if self.parts > 1:
            document |= {"part": self.part, "parts": self.parts}
        return json.dumps(document, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> TableSettings:
        """What `to_json` has written.

        Raises:
            ArgumentError: the text is of something else.
        """
        refused = ArgumentError("paths", text, f"a column {SETTINGS!r} as export_table writes it")
        try:
            document: dict[str, Any] = json.loads(text)
            record = Record.from_attrs({ATTRS_KEY: document["record"]})
            own_scheme, id_kind, keep_kinds = document["scheme"], document["id"], document["keep"]
            part, parts = int(document.get("part", 1)), int(document.get("parts", 1))
        except (ValueError, TypeError, LookupError) as error:
            raise refused from error
        if record is None:
            raise refused
        return cls(record, _read_scheme(record.scheme, own_scheme), id_kind, keep_kinds, part, parts)


def _read_scheme(name: str, own: Mapping[str, Any] | None) -> Scheme:
    if own is None:
        return get_scheme(name)
    classes = tuple(SchemeClass(value, label, color, tuple(codes)) for value, label, color, codes in own["classes"])
    return Scheme(name, own["title"], classes, tuple(own["source"]))
