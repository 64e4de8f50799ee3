"""Changes of the processing baselines: what they did to the classification, and between which images one lies."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gee_scl.classes.class_table import SENTINEL_HUB, Source
from gee_scl.options.arguments import checked

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["baseline_table"]


_OWN_RUNS = "99"
"""With which the baselines of products begin that somebody made with Sen2Cor, which do not say how old it was."""


@dataclass(frozen=True)
class BaselineChange:
    """A change of the Level-2A processing that shows, or may show, in the classification.

    Attributes:
        baseline: PROCESSING_BASELINE of the products.
        since: the day from which on products have it, by the source; None where it does not say.
        change: what changed.
        in_classes: whether the source says that the classification changed.
        source: who says so.
    """

    baseline: str
    since: dt.date | None
    change: str
    in_classes: bool
    source: Source

    def is_before(self, baseline: str | None, day: str | None) -> bool | None:
        """Whether an image was made before it; None where that is not known.

        Args:
            baseline: of the image, which decides: archives are processed again.
            day: of the image, such as "2022-01-25", which decides where no baseline is known.
        """
        if baseline is not None:
            return None if baseline >= _OWN_RUNS else baseline < self.baseline
        return None if day is None or self.since is None else day < self.since.isoformat()

    def __str__(self) -> str:
        since = "" if self.since is None else f" (since {self.since})"
        return f"baseline {self.baseline}{since}: {self.change}"


_ESA_NEWS = Source(
    "ESA 2018",
    "ESA, Sentinel Online news of 20 March 2018: Sentinel-2 Level-2A product evolution on 26 March 2018",
    "https://sentinel.esa.int/web/sentinel/missions/sentinel-1/news/-/asset_publisher/R1Tn/content/"
    "sentinel-2-level-2a-product-evolution-on-26-march-2018",
)
_SEN2COR_28 = Source(
    "Sen2Cor 2.8 page",
    "ESA STEP: Sen2Cor v2.8, main new features",
    "http://step.esa.int/main/snap-supported-plugins/sen2cor/sen2cor_v2-8/",
)
_DATA_SPACE = Source(
    "Copernicus Data Space",
    "Copernicus Data Space Ecosystem documentation: Sentinel-2 L2A Baselines, by sensing date",
    "https://documentation.dataspace.copernicus.eu/Data/Others/Sentinel2_L2A_baseline.html",
)
_HARMONIZED = Source(
    "Earth Engine catalogue",
    "Sentinel-2 MSI, Level-2A (SR), description of the collection",
    "https://developers.google.com/earth-engine/datasets/catalog/COPERNICUS_S2_SR",
)

BASELINE_CHANGES: tuple[BaselineChange, ...] = (
    BaselineChange(
        "02.07",
        dt.date(2018, 3, 26),
        "Operational production begins, after a pilot in baseline 02.06: cloud screening and scene classification "
        "improved",
        True,
        _ESA_NEWS,
    ),
    BaselineChange(
        "02.12",
        None,
        "Configured as Sen2Cor 2.8, which improves snow and ice: snow on frozen lakes and icebergs in polar seas is "
        "detected",
        True,
        _SEN2COR_28,
    ),
    BaselineChange("02.14", dt.date(2020, 2, 4), "New baseline; no change of the classes stated", False, _DATA_SPACE),
    BaselineChange(
        "04.00",
        dt.date(2022, 1, 25),
        'Class 2, "Dark features/Shadows" until then, is called "Topographic casted shadows"',
        True,
        SENTINEL_HUB,
    ),
    BaselineChange(
        "04.00",
        dt.date(2022, 1, 25),
        "Reflectances are shifted, which COPERNICUS/S2_SR_HARMONIZED takes back; the classes are not",
        False,
        _HARMONIZED,
    ),
    BaselineChange(
        "05.00",
        None,
        "Collection 1: the archive from 2015 to the end of 2021 reprocessed; no change of the classes stated",
        False,
        _DATA_SPACE,
    ),
    BaselineChange("05.10", dt.date(2023, 12, 13), "New baseline; no change of the classes stated", False, _DATA_SPACE),
)
"""Changes of processing baselines, by baseline."""


@checked()
def baseline_table() -> pd.DataFrame:
    """List the changes of processing baselines that show, or may show, in the classification.

    Images of one place and year can differ in baseline, as archives are reprocessed: look at PROCESSING_BASELINE, not
    only at the date, before you compare years.

    Returns:
        Columns `baseline`, `since` (datetime64, NaT where the source does not say), `change`, `in_classes`, `source`;
        `attrs["gee_scl"]["sources"]` has the full references. No request is made.

    Examples:
        >>> gee_scl.baseline_table()[["baseline", "since", "in_classes"]].head(4)
          baseline      since  in_classes
        0    02.07 2018-03-26        True
        1    02.12        NaT        True
        2    02.14 2020-02-04       False
        3    04.00 2022-01-25        True
    """
    import pandas as pd  # takes longer to import than the rest of the package

    frame = pd.DataFrame(
        {
            "baseline": [change.baseline for change in BASELINE_CHANGES],
            "since": pd.to_datetime(pd.Series([change.since for change in BASELINE_CHANGES], dtype="object")),
            "change": [change.change for change in BASELINE_CHANGES],
            "in_classes": [change.in_classes for change in BASELINE_CHANGES],
            "source": [change.source.label for change in BASELINE_CHANGES],
        }
    )
    sources = {change.source.label: change.source for change in BASELINE_CHANGES}
    frame.attrs["gee_scl"] = {"sources": {label: f"{s.reference}. {s.url}" for label, s in sources.items()}}
    return frame
