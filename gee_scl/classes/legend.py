"""The class table as a frame, to be read by people."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from gee_scl.classes.class_table import CLASSES, EARTH_ENGINE, SENTINEL_HUB, ClassFacts
from gee_scl.classes.selection import ClassSelection, class_codes
from gee_scl.options.arguments import checked
from gee_scl.options.choices import Choice

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["legend"]


class Vocabulary(Choice):
    """Whose names and colours are listed."""

    BOTH = "both", "those of Earth Engine and of ESA, side by side"
    EARTH_ENGINE = "earth_engine", "those of Earth Engine's catalogue"
    ESA = "esa", "those of ESA's products"


_COLUMNS: Mapping[Vocabulary, Mapping[str, str]] = MappingProxyType(
    {
        Vocabulary.BOTH: {name: name for name in ("earth_engine_name", "esa_name", "earth_engine_color", "esa_color")},
        Vocabulary.EARTH_ENGINE: {"name": "earth_engine_name", "color": "earth_engine_color"},
        Vocabulary.ESA: {"name": "esa_name", "color": "esa_color"},
    }
)
"""Columns of the frame, and the attribute of `ClassFacts` that each holds."""


@checked()
def legend(
    vocabulary: Vocabulary | str = "both", *, classes: ClassSelection = "all", details: bool = True
) -> pd.DataFrame:
    """List the classes of the Scene Classification Layer.

    Args:
        vocabulary: "both" gives names and colours of Earth Engine and of ESA; "earth_engine" or "esa" only that one's.
        classes: which classes to list: codes, names of either, groups, `SclClass`, or an iterable of these.
        details: with descriptions and known confusions.

    Returns:
        One row per class, indexed by `code`. Columns: `earth_engine_name`, `esa_name`, `earth_engine_color` and
        `esa_color`, or `name` and `color` where one vocabulary is asked for; `groups`; with details `description` and
        `confusions`, each confusion with its source in brackets. Colours are 'rrggbb'; Earth Engine has none for code
        0, which it masks out. `attrs["gee_scl"]["sources"]` has the full reference of each source. No request is made.

    Raises:
        ArgumentError: an unknown vocabulary.
        ClassError: an unknown class.

    Examples:
        >>> gee_scl.legend("esa", classes=["cloud", "cloud shadow"], details=False)
                                  name   color                               groups
        code
        3                Cloud shadows  643200              shadow, cloud or shadow
        8     Cloud medium probability  c0c0c0  cloud, thick cloud, cloud or shadow
        9       Cloud high probability  ffffff  cloud, thick cloud, cloud or shadow
        10                 Thin cirrus  64c8ff               cloud, cloud or shadow

        Which codes a selection means; both vocabularies, and the members of `SclClass`, name the same class:

        >>> gee_scl.legend(classes=["cloud", "Cloud Shadows", 1]).index.tolist()
        [1, 3, 8, 9, 10]
        >>> same = ("Not-vegetated", "bare soils", gee_scl.SclClass.BARE_SOIL)
        >>> [gee_scl.legend(classes=name).index.item() for name in same]
        [5, 5, 5]

        What a class is mistaken for, and who says so:

        >>> print(gee_scl.legend(classes="cirrus")["confusions"].item())
        overestimated in very high mountains such as the Andes and the Himalayas [Tiede et al. 2021]; not looked for
        above 1500 m where the elevation model is used [Sen2Cor 2.8]
    """
    import pandas as pd  # takes longer to import than the rest of the package

    rows = [CLASSES[code] for code in class_codes(classes)]
    columns = legend_columns(rows, Vocabulary.of("vocabulary", vocabulary), details=details)
    frame = pd.DataFrame(columns, index=pd.Index([int(facts.code) for facts in rows], name="code"))
    if details:
        sources = {EARTH_ENGINE, SENTINEL_HUB, *(confusion.source for facts in rows for confusion in facts.confusions)}
        frame.attrs["gee_scl"] = {
            "sources": {s.label: f"{s.reference}. {s.url}" for s in sorted(sources, key=lambda source: source.label)}
        }
    return frame


def legend_columns(
    rows: Collection[ClassFacts], vocabulary: Vocabulary, *, details: bool
) -> dict[str, list[str | None]]:
    """The columns of the legend, without pandas.

    Args:
        rows: the classes.
        vocabulary: whose names and colours.
        details: with descriptions and known confusions.
    """
    columns = {name: [getattr(facts, field) for facts in rows] for name, field in _COLUMNS[vocabulary].items()}
    columns["groups"] = [", ".join(facts.groups) for facts in rows]
    if details:
        columns["description"] = [facts.description for facts in rows]
        columns["confusions"] = ["; ".join(map(str, facts.confusions)) for facts in rows]
    return columns
