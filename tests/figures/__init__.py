"""The figures that are compared with stored images: frames of known numbers, and how each is drawn.

`python -m tests.figures` draws the stored images anew; look at them before you keep them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from PIL import Image

from gee_scl import SCHEMES, Scheme, charts

FOLDER = Path(__file__).parent
RELEASE = ".".join(mpl.__version__.split(".")[:2])
DPI = 57

TOLERANCE = 0.1
"""Root mean square of the differences of all pixels, 0 to 255, that is let pass.

The same matplotlib gives 0 on the machines that were tried; one class in another colour gives 1.5 or more, one class
without its hatch 0.2 or more. Another minor release of matplotlib sets text otherwise, so that whole charts move by a
pixel, which gives 15 and more: there the images say nothing.
"""


def statistics(
    shares: Mapping[str, Mapping[str, Sequence[float]]],
    *,
    scheme: str | Scheme = "scl",
    area: float = 1e6,
    areas: Mapping[str, float] | None = None,
) -> pd.DataFrame:
    """A statistics frame from percents of each region: region -> day -> a number per class of the scheme."""
    scheme = SCHEMES[scheme] if isinstance(scheme, str) else scheme
    parts = []
    for region, days in shares.items():
        whole = (areas or {}).get(region, area)
        for day, percents in days.items():
            of_region = np.asarray(percents, dtype=float)
            total = of_region.sum()
            parts.append(
                pd.DataFrame(
                    {
                        "region": region,
                        "date": pd.Timestamp(day, tz="UTC"),
                        "class_value": scheme.values,
                        "class_name": pd.Categorical(scheme.names, categories=scheme.names),
                        "pixels": np.round(of_region / 100 * whole / 400).astype("int64"),
                        "area_m2": of_region / 100 * whole,
                        "percent": 100 * of_region / total if total else np.nan,
                        "percent_of_region": of_region,
                    }
                )
            )
    return pd.concat(parts, ignore_index=True)


# Classes 1 to 11: defective, dark, shadow, vegetation, bare, water, unclassified, medium, high, cirrus, snow.
YEAR: Mapping[str, Sequence[float]] = {
    "2023-03-01": (0, 5, 0, 20, 45, 10, 0, 0, 0, 0, 20),
    "2023-03-11": (0, 5, 5, 25, 45, 10, 5, 0, 0, 0, 5),
    "2023-03-21": (0, 0, 0, 0, 0, 5, 5, 30, 60, 0, 0),
    "2023-03-31": (0, 5, 0, 40, 35, 10, 5, 0, 0, 5, 0),
    "2023-04-10": (2, 5, 10, 40, 13, 10, 5, 5, 5, 5, 0),
    "2023-04-20": (0, 4, 4, 60, 12, 10, 0, 5, 5, 0, 0),
    "2023-06-20": (0, 0, 0, 75, 15, 10, 0, 0, 0, 0, 0),
    "2023-06-30": (0, 0, 10, 50, 15, 10, 5, 5, 0, 5, 0),
    "2023-07-10": (0,) * 11,
    "2023-07-20": (0, 0, 5, 30, 35, 10, 0, 0, 10, 10, 0),
    "2023-07-30": (0, 5, 0, 25, 50, 10, 5, 5, 0, 0, 0),
}
"""A region over some months: 2023-03-21 is overcast, 2023-07-10 without data, and from April to June is no image."""


def turned(days: Mapping[str, Sequence[float]], places: int) -> dict[str, Sequence[float]]:
    """Another region: the same days with the shares of classes 2 to 11 moved along."""
    return {day: (shares[0], *np.roll(shares[1:], places).tolist()) for day, shares in days.items()}


def north() -> pd.DataFrame:
    """The statistics of that one region."""
    return statistics({"North": YEAR})


FIELDS = {"North": YEAR, 'East "Ost" <b>': turned(YEAR, 5), "$West_1$": turned(YEAR, 8)}


def transitions() -> pd.DataFrame:
    """Transitions whose areas sum to 1,000 ha, so that a percent is 10 ha."""
    names = dict(zip(SCHEMES["scl"].values, SCHEMES["scl"].names, strict=True))
    hectares = {
        (4, 4): 300, (4, 5): 150, (4, None): 25, (5, 4): 20, (5, 5): 205, (5, 8): 40, (6, 6): 120, (6, 5): 0.3,
        (9, 4): 49.7, (9, 9): 10, (2, 7): 30, (None, 5): 35, (None, None): 15,
    }  # fmt: skip
    rows = [
        (before, names.get(before, "Unknown"), after, names.get(after, "Unknown"), 1e4 * area)
        for (before, after), area in hectares.items()
    ]
    return pd.DataFrame(rows, columns=["from_value", "from_name", "to_value", "to_name", "area_m2"])


def all_transitions() -> pd.DataFrame:
    """Each class to each, and to and from what is unknown."""
    values = [*SCHEMES["scl"].values, None]
    names = [*SCHEMES["scl"].names, None]
    rows = [
        (before, names[values.index(before)], after, names[values.index(after)], 1e4 * (n % 97 + 0.2))
        for n, (before, after) in enumerate((one, other) for one in values for other in values)
    ]
    return pd.DataFrame(rows, columns=["from_value", "from_name", "to_value", "to_name", "area_m2"])


ODD_NAMES = [
    'O\'Brien "Nord"',
    "<script>alert(1)</script> & <b>bold</b>",
    "$x^2$ and $\\frac{1",
    "_hidden",
    "two\nlines\tand a tab",
    "W" * 120,
    "a name of many words that goes on and on until nobody wants to read it any more, and then some",
    "100 % \\textbf{TeX}",
]


Drawing = Callable[[str | Scheme], Figure]

DRAWINGS: Mapping[str, Drawing] = {
    "stacked_area": lambda scheme: charts.stacked_area(statistics({"North": YEAR}), scheme=scheme).figure,
    "stacked_area_one_column": lambda scheme: (
        charts.stacked_area(statistics({"North": YEAR}), scheme=scheme, width="single").figure
    ),
    "clear_calendar": lambda scheme: charts.clear_calendar(statistics({"North": YEAR}), scheme=scheme).figure,
    "small_multiples": lambda scheme: charts.small_multiples(statistics(FIELDS), scheme=scheme)[0].figure,
    "bars": lambda scheme: charts.bars(statistics(FIELDS), scheme=scheme).figure,
    "transition_matrix": lambda scheme: charts.transition_matrix(transitions(), scheme=scheme).figure,
    "transition_sankey": lambda scheme: charts.transition_sankey(transitions(), scheme=scheme).figure,
}
"""Figures by the name of their stored image; drawn with the colours of a scheme."""


@contextmanager
def same_everywhere() -> Iterator[None]:
    """Agg, matplotlib's own font and defaults, and text without hinting, which differs between systems."""
    backend = mpl.get_backend()
    with mpl.rc_context():
        mpl.rcdefaults()
        plt.switch_backend("agg")
        mpl.rcParams.update({"font.family": "DejaVu Sans", "text.hinting": "none"})
        try:
            yield
        finally:
            plt.close("all")
    if backend.lower() != "agg":
        plt.switch_backend(backend)


def save(figure: Figure, path: Path) -> None:
    """Write a figure as the stored images are, with the release of matplotlib that drew it."""
    figure.savefig(path, dpi=DPI, metadata={"Software": RELEASE}, pil_kwargs={"optimize": True})


def drawn_by(path: Path) -> str:
    """Read which release of matplotlib drew a stored image."""
    with Image.open(path) as image:
        return str(image.info["Software"])
