"""The flow diagram in plotly."""

from __future__ import annotations

import pandas as pd
import pytest

from gee_scl import Scheme, charts
from gee_scl.errors import ArgumentError
from tests.figures import transitions


def test_the_plotly_flow_has_the_same_areas_and_escapes_names() -> None:
    scheme = Scheme.from_lists("odd", [1, 2], ["<b>a</b> $x$", "b & 'c'"], ["ff0000", "00ff00"])
    frame = pd.DataFrame(
        {
            "from_value": [1, 1],
            "from_name": ["<b>a</b> $x$"] * 2,
            "to_value": [1, 2],
            "to_name": ["<b>a</b> $x$", "b & 'c'"],
            "area_m2": [3e4, 1e4],
        }
    )
    figure = charts.transition_sankey(frame, scheme=scheme, interactive=True)
    sankey = figure.data[0]
    assert list(sankey.node.label) == ["1 &lt;b&gt;a&lt;/b&gt; &#36;x&#36;", "2 b &amp; &#x27;c&#x27;"] * 2
    assert list(sankey.node.color) == ["#ff0000", "#00ff00"] * 2
    assert list(zip(sankey.link.source, sankey.link.target, sankey.link.value, strict=True)) == [(0, 2, 3), (0, 3, 1)]
    assert list(sankey.link.color) == ["rgba(255,0,0,0.55)"] * 2


@pytest.mark.parametrize(("argument", "option"), [("titles", ("a", "b")), ("width", "single"), ("ax", object())])
def test_an_option_that_plotlys_figure_does_not_have_is_refused(argument: str, option: object) -> None:
    with pytest.raises(ArgumentError, match="None with interactive=True") as error:
        charts.transition_sankey(transitions(), interactive=True, **{argument: option})
    assert error.value.argument == argument


def test_no_transition_gives_a_figure_that_says_so() -> None:
    figure = charts.transition_sankey(transitions().iloc[:0], interactive=True)
    assert figure.layout.title.text == "No data: no transition has an area"
