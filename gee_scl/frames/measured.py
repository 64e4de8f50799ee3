"""What was measured, as columns: numbers of regions and of images or days, and their sums."""

from __future__ import annotations

import itertools
import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from gee_scl.frames.answers import GROUP, GROUPS, SUMS

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
            rows: with the sums of each group of pixels. One over no pixel may have none.
            columns: names of the sums: those of `answers.sum_columns`.
            place: name of the property that says which region a row is of, and the regions' positions by it.
            part: likewise of the image or day.

        Raises:
            RowError: a row of a region, image or day that was not asked for, or the same twice; or sums of anything
                but the classes.
        """
        places = _positions(rows, *place)
        parts = _positions(rows, *part)
        if len({*zip(places, parts, strict=True)}) < len(rows):
            raise RowError("several rows of one region and image")
        values = sums_of_rows(rows, len(columns) // 2 - 1)
        return cls(np.array(places, np.int64), np.array(parts, np.int64), tuple(columns), values)

    def column(self, name: str) -> FloatArray:
        """One of the sums of all rows."""
        found: FloatArray = self.values[:, self.columns.index(name)]
        return found


def _positions(rows: Sequence[Mapping[str, Any]], name: str, positions: Mapping[Hashable, int]) -> list[int]:
    try:
        return [positions[row[name]] for row in rows]
    except (KeyError, TypeError) as error:
        raise RowError(f"a row whose {name!r} was not asked for: {error}") from error


def sums_of_rows(rows: Sequence[Mapping[str, Any]], classes: int) -> FloatArray:
    """Rows x sums, in the order of `answers.sum_columns`.

    Args:
        rows: as the server answers them. One over no pixel may have no groups.
        classes: how many there are.

    Raises:
        RowError: a row has sums of anything else.
    """
    of_rows = [row.get(GROUPS) or () for row in rows]
    each = [group for groups in of_rows for group in groups]
    row = np.repeat(np.arange(len(of_rows)), [len(groups) for groups in of_rows])
    pixels, areas = np.zeros((2, len(of_rows), classes + 2))
    total = np.zeros(len(of_rows))
    if each:
        try:
            numbers = np.array([group[GROUP] for group in each], np.int64)
            sums = np.array([group[SUMS] for group in each], np.float64)
            if numbers.min() < 0:  # it would be counted from the end
                raise IndexError(f"group {numbers.min()}")
            pixels[row, numbers], areas[row, numbers] = sums[:, 0], sums[:, 1]
        except (KeyError, TypeError, ValueError, IndexError) as error:
            raise RowError(f"sums that are not those of {classes} classes: {error}") from error
        whole, ends = sums[:, -1].tolist(), np.cumsum([0, *map(len, of_rows)]).tolist()
        total[:] = [math.fsum(whole[start:end]) for start, end in itertools.pairwise(ends)]
    return np.column_stack([pixels[:, 1:-1], areas[:, 1:-1], pixels[:, -1], total])
