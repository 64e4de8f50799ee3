"""What was too much for the server: learned from refusals, and unlearned from good answers."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gee_scl.requests.sizes import Sizes


def refused(*sizes: tuple[int, float]) -> Sizes:
    learned = Sizes()
    for pairs, pixels in sizes:
        learned.refuse_size(pairs, pixels)
    return learned


def test_nothing_is_too_much_before_something_was_refused() -> None:
    sizes = Sizes()
    assert not sizes.learned
    assert not sizes.too_large(10**9, 1e18)
    assert not sizes.too_long(1e18)


def test_what_is_nearly_as_large_in_every_way_is_too_much() -> None:
    sizes = refused((100, 1000.0))
    assert sizes.learned
    assert sizes.too_large(80, 800)
    assert not sizes.too_large(79, 10_000)
    assert not sizes.too_large(10_000, 799)


@given(
    refusals=st.lists(st.tuples(st.integers(1, 1000), st.floats(1, 1000)), min_size=1),
    asked=st.tuples(st.integers(1, 2000), st.floats(1, 2000)),
)
def test_any_refusal_counts_whatever_came_before_it(
    refusals: list[tuple[int, float]], asked: tuple[int, float]
) -> None:
    nearly = any(asked[0] >= 0.8 * pairs and asked[1] >= 0.8 * pixels for pairs, pixels in refusals)
    assert refused(*refusals).too_large(*asked) is nearly


def test_a_refusal_of_what_was_answered_since_is_forgotten() -> None:
    sizes = refused((100, 1000.0), (10, 5000.0))
    sizes.taken(90, 900)
    assert not sizes.too_large(100, 1000)
    assert sizes.too_large(10, 5000)


def test_what_cannot_be_cut_explains_the_refusals_of_what_it_was_a_part_of() -> None:
    sizes = refused((100, 1000.0), (50, 500.0), (1, 9000.0))
    sizes.excuse(1, 400)
    assert not sizes.too_large(100, 1000)
    assert not sizes.too_large(1, 9000)


def test_a_little_more_is_tried_after_fifty_good_answers_and_then_more_rarely() -> None:
    sizes = refused((100, 100.0))

    def good_answers_until_tried(size: int) -> int:
        for number in range(1, 1000):
            sizes.taken(size // 2, size / 2)
            if not sizes.too_large(size, size):
                return number
        raise AssertionError("never")

    assert good_answers_until_tried(90) == 50
    sizes.refuse_size(90, 90)
    assert good_answers_until_tried(81) == 100
    sizes.refuse_size(81, 81)
    assert good_answers_until_tried(72) == 200


def test_outlines_that_are_too_long_are_another_matter() -> None:
    sizes = Sizes()
    sizes.refuse_length(1000)
    assert sizes.learned
    assert sizes.too_long(800)
    assert not sizes.too_long(799)
    assert not sizes.too_large(10**9, 1e18)
