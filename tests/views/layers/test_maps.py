"""Maps around a region, and what is not loaded before there is one."""

from __future__ import annotations

import subprocess
import sys

import geemap
import pytest

from gee_scl import layers
from gee_scl.errors import ArgumentError


def test_a_new_map_shows_the_region_and_asks_for_no_credentials() -> None:
    m = layers.new_map((11.0, 46.0, 11.2, 46.1))
    assert isinstance(m, geemap.Map)
    assert m.center == pytest.approx([46.05, 11.1])
    # 0.2 degrees of longitude are 256 * 2**12 * 0.2 / 360 = 583 pixels at zoom 12, and 1165 at 13.
    assert m.zoom == 12
    page = layers.new_map((11.0, 46.0, 11.2, 46.1), backend="folium")
    assert page.location == pytest.approx([46.05, 11.1])
    assert page.options["zoom"] == 12


def test_layers_load_no_map_package_before_there_is_a_map() -> None:
    code = (
        "import sys, gee_scl; gee_scl.layers;"
        "print(*[n for n in ('geemap', 'folium', 'ipyleaflet', 'ipywidgets', 'jinja2', 'numpy') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_only_known_kinds_of_maps_are_made() -> None:
    with pytest.raises(ArgumentError, match="'ipyleaflet' or 'folium'"):
        layers.new_map(backend="plotly")
