"""What charts of transitions draw: areas that flow between classes, each class with its style, and what titles say."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from gee_scl.frames.transitions import read_transitions
from gee_scl.views.drawing.styles import UNKNOWN, ClassStyle, class_styles
from gee_scl.views.drawing.texts import shown

if TYPE_CHECKING:
    import pandas as pd

    from gee_scl.classes.schemes import Scheme

EMPTY = "No data: no transition has an area"

_SQUARE_METRES_PER_HECTARE = 10_000


@dataclass(frozen=True)
class Flows:
    """Areas by class before and after, as they are drawn.

    Attributes:
        styles: the classes that occur on either side, in the scheme's order, what is unknown last.
        hectares: classes before x classes after.
        region: the name of the only one, else empty.
    """

    styles: tuple[ClassStyle, ...]
    hectares: npt.NDArray[np.float64]
    region: str

    @property
    def names(self) -> list[str]:
        """What a chart may write of it: the names of the classes and of the region."""
        return [self.region, *(style.label for style in self.styles)]

    @property
    def total(self) -> float:
        """All areas together, in hectares."""
        return float(self.hectares.sum())

    @property
    def percent(self) -> npt.NDArray[np.float64]:
        """Percents of the whole area: classes before x classes after."""
        return 100 * self.hectares / self.total

    def heading(self, unit: str = "") -> str:
        """Say the region, what is shown, and how much there is; the region's name as it is, else with a capital.

        Args:
            unit: what the numbers of the chart are.
        """
        amount = ", ".join(filter(None, (unit, f"{self.total:,.4g} ha in all")))
        return f"{self.region}: {amount}" if self.region else amount.capitalize()


def read_flows(frame: pd.DataFrame, scheme: str | Scheme | None, region: Hashable | None) -> Flows:
    """Read a frame of transitions, and give its classes their styles.

    Args:
        frame: as `read_transitions` takes it.
        scheme: as the caller gave it; None finds the frame's own.
        region: id of the region; None adds up all.

    Raises:
        ArgumentError: as `read_transitions`.
        SchemeError: as `read_transitions`.
    """
    transitions = read_transitions(frame, scheme, region)
    styles = class_styles(transitions.scheme)
    drawn = tuple(UNKNOWN if value is None else styles[value] for value in transitions.values)
    return Flows(drawn, transitions.areas / _SQUARE_METRES_PER_HECTARE, shown(transitions.region))
