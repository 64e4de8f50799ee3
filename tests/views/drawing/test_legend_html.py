"""Legends as HTML: names, shares, and no markup from data."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

from gee_scl.views.drawing.legend_html import legend_html, share_text
from gee_scl.views.view import LegendEntry


def test_a_legend_shows_shares_and_nothing_that_a_name_contains_becomes_markup() -> None:
    name = "\"Mire\" <script>alert('x')</script> & more"
    entries = [LegendEntry(name, "00ff00", 1, 12.34), LegendEntry("Other", "ffffff", 2, 0.0)]
    parsed = _Text()
    parsed.feed(legend_html("A <b>title</b>", entries))
    assert parsed.text == ["A <b>title</b>", f"{name} 12.3 %", "Other 0 %"]
    assert set(parsed.tags) == {"div", "strong", "ul", "li", "span"}


@pytest.mark.parametrize(("percent", "text"), [(0, "0 %"), (0.04, "<0.1 %"), (12.34, "12.3 %"), (100, "100.0 %")])
def test_a_small_share_is_not_shown_as_none(percent: float, text: str) -> None:
    assert share_text(percent) == text


class _Text(HTMLParser):
    """The tags and the texts of a piece of HTML."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.text.append(data)
