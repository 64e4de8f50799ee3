"""What is to be shown of a statistics frame: its rows by day, its scheme, and the classes that a caller selects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gee_scl.frames.classes import find_scheme
from gee_scl.frames.days import daily

if TYPE_CHECKING:
    import pandas as pd

    from gee_scl.classes.schemes import Scheme
    from gee_scl.classes.selection import ClassSelection


@dataclass(frozen=True)
class Selection:
    """A checked statistics frame, and what is to be shown of it.

    Attributes:
        rows: the frame with a column `day`, as `daily` gives it.
        scheme: the classes of the frame.
        values: of the classes to show, in the scheme's order.
    """

    rows: pd.DataFrame
    scheme: Scheme
    values: tuple[int, ...]

    @property
    def names(self) -> list[str]:
        """What a chart may write of it: the scheme's and the regions' names."""
        regions = self.rows["region"].astype(str).unique().tolist() if "region" in self.rows else []
        return [self.scheme.title, *self.scheme.names, *regions]

    @property
    def places(self) -> list[int]:
        """The places in the scheme of the classes to show, which are their columns in a series."""
        return [self.scheme.values.index(value) for value in self.values]


def select(
    frame: pd.DataFrame, value: str, scheme: str | Scheme | None, classes: ClassSelection | None, *, dated: bool = True
) -> Selection:
    """Check a statistics frame, find its scheme, and select the classes to show.

    Args:
        frame: what `class_statistics` returns, in the long layout.
        value: the column to show.
        scheme: as the caller gave it.
        classes: as the caller gave them; None selects all.
        dated: whether each row must have a date.

    Raises:
        ArgumentError: as `daily`.
        ClassError: as `Scheme.class_values`.
        SchemeError: as `find_scheme`.
    """
    rows = daily(frame, value, dated=dated)
    scheme = find_scheme(rows, scheme, [("class_value", "class_name")])
    selected = set(scheme.values) if classes is None else set(scheme.class_values(classes, "classes"))
    return Selection(rows, scheme, tuple(value for value in scheme.values if value in selected))
