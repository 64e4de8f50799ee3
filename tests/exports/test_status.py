"""Operations of the REST API, read as the state of a task."""

from __future__ import annotations

import pytest

from gee_scl.exports.status import TaskStatus


@pytest.mark.parametrize(
    ("text", "passes"),
    [
        ("Internal error.", True),
        ("An internal error has occurred (request: 44215952).", True),
        ("The service is currently unavailable.", True),
        ("Too many concurrent aggregations.", True),
        ("User memory limit exceeded.", False),
        ("Execution failed; out of memory.", False),
        ("Computation timed out.", False),
        ("Export too large: specified 1898836560 pixels (max: 1000000000).", False),
        ("Exported bands must have compatible data types; found inconsistent types: Byte and Int16.", False),
        ("The user's Drive storage quota has been exceeded.", False),
    ],
)
def test_failures_that_can_pass_are_told_from_those_that_cannot(text: str, passes: bool) -> None:
    operation = {"name": "operations/A", "metadata": {"state": "FAILED"}, "done": True, "error": {"message": text}}
    status = TaskStatus.of(operation)
    assert status.can_pass == passes
    assert status.advice


def test_an_operation_with_nothing_in_it_is_read() -> None:
    status = TaskStatus.of({"name": "operations/A"})
    assert (status.state, status.name, status.tag, status.created) == ("PENDING", "", None, None)


def test_nanoseconds_are_read() -> None:
    status = TaskStatus.of({"name": "a", "metadata": {"createTime": "2024-02-01T10:20:30.123456789Z"}})
    assert status.created is not None
    assert status.created.isoformat() == "2024-02-01T10:20:30.123456+00:00"
