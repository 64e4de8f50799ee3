"""A figure that a notebook shows once, whether or not it is what a cell gives back."""

from __future__ import annotations

from typing import Any

import matplotlib.pyplot as plt
from matplotlib.figure import Figure


class ShownOnce(Figure):
    """A pyplot figure that is done with when it has been shown.

    A notebook shows what its cell gives back, and after that all figures that pyplot still has: any other figure that
    a cell gives back is there twice.
    """

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        """IPython asks for this just before it draws; it then draws as for any figure, which needs no pyplot."""
        plt.close(self)
        return {}
