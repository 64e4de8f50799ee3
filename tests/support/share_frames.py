"""Regions in a row, and statistics of them by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

import gee_scl


def squares(count: int, names: list[str] | None = None) -> dict[str, Any]:
    """GeoJSON of small squares in a row."""
    features = []
    for n in range(count):
        west, south = 10 + n * 1e-3, 46.0
        ring = [[west, south], [west + 9e-4, south], [west + 9e-4, south + 1e-3], [west, south + 1e-3], [west, south]]
        name = names[n] if names else f"r{n}"
        geometry = {"type": "Polygon", "coordinates": [ring]}
        features.append({"type": "Feature", "properties": {"name": name}, "geometry": geometry})
    return {"type": "FeatureCollection", "features": features}


def statistics(percents: dict[Any, float], day: str = "2023-05-01") -> pd.DataFrame:
    """A frame of two classes: so much water, and the rest not; of nothing where the percentage is NaN."""
    scheme = gee_scl.SCHEMES["water"]
    rows = []
    for region, percent in percents.items():
        for value, name, share in zip(scheme.values, scheme.names, (percent, 100 - percent), strict=True):
            area = 0.0 if np.isnan(share) else share
            row = {"region": region, "date": pd.Timestamp(day, tz="UTC"), "class_value": value, "class_name": name}
            rows.append({**row, "pixels": int(area), "area_m2": area, "percent": share, "percent_of_region": area})
    frame = pd.DataFrame(rows)
    frame.attrs["gee_scl"] = {"scheme": "water"}
    return frame
