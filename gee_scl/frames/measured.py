"""What was measured, as columns: numbers of regions and of images or days, and their sums."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]


class RowError(ValueError):
    """A row of an answer that was not asked for, or that lacks what was."""


@dataclass(frozen=True)
class Measured:
    """A row for each region and image, or day, that met.

    Attributes:
        places: positions of the regions among all of the work.
        parts: positions of the images, or days, likewise.
        columns: names of the sums.
        values: rows x columns, in pixels or square metres.
    """

    places: IntArray
    parts: IntArray
    columns: tuple[str, ...]
    values: FloatArray

    def __len__(self) -> int:
        return len(self.places)

    @classmethod
    def of_rows(
        cls,
        rows: Sequence[Mapping[str, Any]],
        columns: Sequence[str],
        place: tuple[str, Mapping[Hashable, int]],
        part: tuple[str, Mapping[Hashable, int]],
    ) -> Measured:
        """Rows as the server answers them.

        Args:
            rows: with the sums. One over no pixel may be missing: it is 0.
            columns: names of the sums.
            place: name of the property that says which region a row is of, and the regions' positions by it.
            part: likewise of the image or day.

        Raises:
            RowError: a row of a region, image or day that was not asked for, or the same twice.
        """
        places = _positions(rows, *place)
        parts = _positions(rows, *part)
        if len({*zip(places, parts, strict=True)}) < len(rows):
            raise RowError("several rows of one region and image")
        values = np.array([[row.get(name) or 0.0 for name in columns] for row in rows], np.float64)
        return cls(
            np.array(places, np.int64), np.array(parts, np.int64), tuple(columns), values.reshape(-1, len(columns))
        )

    def column(self, name: str) -> FloatArray:
        """One of the sums of all rows."""
        found: FloatArray = self.values[:, self.columns.index(name)]
        return found


def _positions(rows: Sequence[Mapping[str, Any]], name: str, positions: Mapping[Hashable, int]) -> list[int]:
    try:
        return [positions[row[name]] for row in rows]
    except (KeyError, TypeError) as error:
        raise RowError(f"a row whose {name!r} was not asked for: {error}") from error
