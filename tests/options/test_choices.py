"""Options that are one of a few words."""

from __future__ import annotations

import pytest

from gee_scl.errors import ArgumentError
from gee_scl.options import choices
from gee_scl.options.choices import By, Choice, Day

ALL = [
    kind
    for kind in vars(choices).values()
    if isinstance(kind, type) and issubclass(kind, Choice) and kind is not Choice
]


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.__name__)
def test_each_word_has_a_meaning_of_one_line_and_stands_for_itself(kind: type[Choice]) -> None:
    assert kind.__doc__
    for member in kind:
        assert member.meaning
        assert "\n" not in member.meaning
        assert kind.of("option", str(member)) is member
        assert kind.of("option", member) is member
    assert len({member.meaning for member in kind}) == len(kind)


def test_a_misspelt_word_is_answered_with_what_was_meant() -> None:
    with pytest.raises(ArgumentError, match=r"by: got 'dates'; allowed: 'image' or 'date'\. Did you mean 'date'\?"):
        By.of("by", "dates")
    for other in (None, 1, True, ["utc"]):
        with pytest.raises(ArgumentError, match="day: got"):
            Day.of("day", other)
