"""The picture at the head of the README: classes on a map and through a year, both made by the package."""

from __future__ import annotations

import io
from pathlib import Path

import ee
import matplotlib.pyplot as plt
from matplotlib.figure import Figure

import gee_scl
from tests.figures import RELEASE

OVERVIEW = Path(__file__).resolve().parents[2] / ".docs" / "pages" / "pictures" / "overview.png"
DPI = 120
SHOWN = (11.588, 46.425, 11.698, 46.4875)
"""West, south, east and north of the map, in degrees: the sample's lake and what is around it."""


def overview() -> Figure:
    """Draw it in the open session, which is on the bundled sample."""
    fields = gee_scl.sample_regions()
    lake = next(field for field in fields["features"] if field["properties"]["name"] == "Lake")
    images = gee_scl.collection(lake)
    day = gee_scl.daily_mosaics(images.filterDate("2023-04-03", "2023-04-04")).first()
    outline = ee.FeatureCollection([lake]).style(color="000000", fillColor="00000000", width=2)
    frame = gee_scl.class_statistics(images, ee.FeatureCollection([lake]), id="name", by="date")

    figure = plt.figure(figsize=(10, 4), layout="constrained")
    left, right = (part.subplots() for part in figure.subfigures(1, 2, width_ratios=(1.1, 1.5)))
    left.imshow(
        plt.imread(io.BytesIO(gee_scl.thumbnail(gee_scl.visualize(day).blend(outline), SHOWN))), interpolation="nearest"
    )
    left.set_title("Classes on 2023-04-03, synthetic pixels", fontsize=8, loc="left")
    left.axis("off")
    gee_scl.charts.stacked_area(frame, ax=right)
    return figure


def save_overview(path: Path) -> None:
    """Write the picture, small enough for a page, with the release of matplotlib that drew it."""
    overview().savefig(path, dpi=DPI, metadata={"Software": RELEASE}, pil_kwargs={"optimize": True})
