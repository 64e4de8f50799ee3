"""What the server's texts mean, for requests and for tasks."""

from __future__ import annotations

import pytest

from gee_scl.requests.failures import FAILURES, FailureKind, failure_of

# Texts as users and the documentation have them (EARTH_ENGINE.md), and what can be done.
TEXTS = {
    "User memory limit exceeded.": FailureKind.TOO_LARGE,
    "Computation timed out.": FailureKind.TOO_LARGE,
    "Computed value is too large": FailureKind.TOO_LARGE,
    "Collection query aborted after accumulating over 5000 elements.": FailureKind.TOO_LARGE,
    "Request payload size exceeds the limit: 10485760 bytes.": FailureKind.TOO_LARGE,
    "Total request size (67108864 bytes) must be less than or equal to 50331648 bytes.": FailureKind.TOO_LARGE,
    "Object too large (4000000016 bytes).": FailureKind.TOO_LARGE,
    "Too many concurrent aggregations.": FailureKind.CROWDED,
    "Quota exceeded for quota metric 'Number of read requests' and limit 'Number of read requests per minute per user' "
    "of service 'earthengine.googleapis.com' for consumer 'project_number:1'.": FailureKind.PASSING,
    "User Rate Limit Exceeded": FailureKind.PASSING,
    "Too Many Requests": FailureKind.PASSING,
    "Geometry has too many edges": FailureKind.FINAL,
    "Too many tasks already in the queue (3000). Please wait for some of them to complete.": FailureKind.QUEUE_FULL,
    "Your usage exceeded the custom quota for 'earthengine.googleapis.com/daily_eecu_usage_time'": FailureKind.FINAL,
    "Image.select: Band pattern 'X' did not match any bands.": FailureKind.FINAL,
    "Image.load: Image asset 'X' not found (does not exist or caller does not have access).": FailureKind.NOT_FOUND,
    "Exported bands must have compatible data types; found inconsistent types: Float32 and Byte.": FailureKind.FINAL,
    "An internal server error has occurred (0c9f).": FailureKind.PASSING,
    "The service is currently unavailable.": FailureKind.PASSING,
    "Image.load: 'X' is no image": FailureKind.FINAL,
}


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_has_its_kind(text: str) -> None:
    assert failure_of(text).kind is TEXTS[text]


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (429, "passing"),
        (500, "passing"),
        (502, "passing"),
        (503, "passing"),
        (524, "passing"),
        (408, "passing"),
        (413, "too large"),
        (404, "not found"),
        (501, "final"),
        (400, "final"),
        (403, "final"),
    ],
)
def test_a_text_that_says_nothing_goes_by_its_status(status: int, kind: str) -> None:
    assert failure_of("<html>Bad gateway</html>", status).kind == kind


def test_a_text_counts_more_than_its_status() -> None:
    assert failure_of("daily_eecu_usage_time", 429).kind is FailureKind.FINAL


def test_a_fault_of_a_server_passes_whatever_a_proxy_says_of_it() -> None:
    assert failure_of("<html>504 Gateway timed out: the value is too large</html>", 504).kind is FailureKind.PASSING


def test_a_task_gets_the_advice_of_tasks() -> None:
    assert "tile_scale" in failure_of("User memory limit exceeded.").advice
    assert "tile_scale" not in failure_of("User memory limit exceeded.").of_task
    assert failure_of("Table is empty.").of_task == failure_of("Table is empty.").advice


def test_each_pattern_stands_once() -> None:
    patterns = [part for failure in FAILURES for part in failure.pattern.split("|")]
    assert len(patterns) == len(set(patterns))
