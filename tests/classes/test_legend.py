"""The class table as a frame."""

from __future__ import annotations

import subprocess
import sys

import pandas as pd
import pytest

from gee_scl.classes.class_table import CLASSES
from gee_scl.classes.legend import legend
from gee_scl.errors import ArgumentError
from tests.classes.test_class_table import EARTH_ENGINE, ESA_PALETTE


def test_the_legend_lists_all_classes_with_both_vocabularies():
    frame = legend()
    assert frame.index.name == "code"
    assert frame.index.tolist() == list(range(12))
    assert frame.columns.tolist() == [
        "earth_engine_name",
        "esa_name",
        "earth_engine_color",
        "esa_color",
        "groups",
        "description",
        "confusions",
    ]
    assert frame["esa_color"].to_dict() == ESA_PALETTE
    assert frame["earth_engine_color"].drop(0).to_dict() == {code: color for code, (_, color) in EARTH_ENGINE.items()}
    assert pd.isna(frame.loc[0, "earth_engine_color"])
    assert frame.loc[10, "groups"] == "cloud, cloud or shadow"


@pytest.mark.parametrize("vocabulary", ["earth_engine", "esa"])
def test_the_legend_in_one_vocabulary_has_one_name_and_one_colour(vocabulary):
    frame = legend(vocabulary, details=False)
    assert frame.columns.tolist() == ["name", "color", "groups"]
    assert frame["name"].tolist() == legend()[f"{vocabulary}_name"].tolist()


def test_the_legend_in_one_vocabulary_fits_into_100_columns():
    text = legend("earth_engine", details=False).to_string()
    assert max(map(len, text.splitlines())) <= 100
    assert all(name in text and color in text for name, color in EARTH_ENGINE.values())


def test_the_legend_of_some_classes_has_only_these():
    assert legend(classes=["cloud", 3]).index.tolist() == [3, 8, 9, 10]


def test_each_source_in_a_confusion_is_spelt_out_in_the_attributes():
    frame = legend()
    cited = {confusion.source.label for facts in CLASSES.values() for confusion in facts.confusions}
    assert cited <= set(frame.attrs["gee_scl"]["sources"])
    assert all("https://" in reference for reference in frame.attrs["gee_scl"]["sources"].values())


def test_an_unknown_vocabulary_is_refused():
    with pytest.raises(ArgumentError, match="'both' or 'earth_engine' or 'esa'"):
        legend("nasa")  # type: ignore[arg-type]


def test_the_class_table_loads_no_array_library_and_no_map():
    program = (
        "import sys, gee_scl.classes.legend, gee_scl.classes.schemes\n"
        "print([name for name in ('pandas', 'numpy', 'geemap', 'rasterio') if name in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
