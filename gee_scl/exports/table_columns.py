"""Columns of exported tables: what they are called, and the one that says how a row was measured."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from gee_scl.classes.scheme_class import SchemeClass
from gee_scl.classes.schemes import SCHEMES, Scheme, get_scheme
from gee_scl.errors import ArgumentError
from gee_scl.exports.cells import kind_of
from gee_scl.frames.answers import OUTSIDE, TOTAL, pixels_and_areas
from gee_scl.frames.record import ATTRS_KEY, Record
from gee_scl.options.choices import By
from gee_scl.options.digests import digest

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
        table: digits by which the table is known again: no other has the same images, regions and parts.
    """

    record: Record
    scheme: Scheme
    id_kind: str
    keep_kinds: Mapping[str, str]
    part: int = 1
    parts: int = 1
    table: str = ""

    @classmethod
    def of(cls, survey: Survey) -> TableSettings:
        """From what is measured."""
        places = survey.places
        return cls(
            survey.record(requests=0),
            survey.measure.scheme,
            kind_of("id", [place.id for place in places]),
            {name: kind_of("keep", [place.kept[name] for place in places]) for name in survey.regions.keep},
            table=_known_by(survey),
        )

    def of_part(self, number: int, count: int, cut: str) -> TableSettings:
        """What the rows of a part say.

        Args:
            number: of the part, from 1.
            count: of all parts.
            cut: how the table is cut.
        """
        return replace(self, part=number, parts=count, table=_digits(self.table, cut))

    def to_json(self) -> str:
        """As a cell holds it; a scheme of the package goes by its name alone."""
        scheme = self.scheme
        classes = [[m.value, m.name, m.color, list(m.codes)] for m in scheme.classes]
        own = {"title": scheme.title, "classes": classes, "source": list(scheme.source), "is_scl": scheme.is_scl}
        document: dict[str, Any] = {
            "record": self.record.to_attrs(),
            "scheme": None if SCHEMES.get(scheme.name) == scheme else own,
            "id": self.id_kind,
            "keep": self.keep_kinds,
            "table": self.table,
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
            table = str(document.get("table", ""))
        except (ValueError, TypeError, LookupError) as error:
            raise refused from error
        if record is None:
            raise refused
        return cls(record, _read_scheme(record.scheme, own_scheme), id_kind, keep_kinds, part, parts, table)


def _known_by(survey: Survey) -> str:
    """Digits by which what a table is of is known again, wherever it was asked for."""
    # numpy comes with it: `import gee_scl` stays light.
    from gee_scl.statistics.parts import scene_digest

    job = {name: fact for name, fact in survey.job.items() if name not in ("server", "project")}
    scenes = [scene_digest(scene) for scene in survey.scenes]
    places = [(place.digest, repr(place.id), repr(place.kept)) for place in survey.places]
    return _digits(json.dumps(job, default=str, sort_keys=True), scenes, places)


def _digits(*content: object) -> str:
    return f"{digest(*content):016x}"


def _read_scheme(name: str, own: Mapping[str, Any] | None) -> Scheme:
    if own is None:
        return get_scheme(name)
    classes = tuple(SchemeClass(value, label, color, tuple(codes)) for value, label, color, codes in own["classes"])
    return Scheme(name, own["title"], classes, tuple(own["source"]), own.get("is_scl"))
