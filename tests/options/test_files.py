"""Paths as callers give them: what cannot be looked up, and homes of nobody."""

from __future__ import annotations

from pathlib import Path

import pytest

import gee_scl
from gee_scl.errors import ArgumentError
from gee_scl.options.files import checked_path, in_home


def test_a_name_that_no_file_can_have_is_refused_by_the_arguments_name() -> None:
    with pytest.raises(
        ArgumentError, match=r"^output: got 'x{80}...'; allowed: a path that can be looked up"
    ) as caught:
        checked_path("x" * 5000, "output")
    assert len(str(caught.value)) < 200


def test_a_home_of_nobody_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert in_home(Path("~/scenes"), "local") == tmp_path / "scenes"
    with pytest.raises(ArgumentError, match=r"^local: got '~nobody-of-that-name/scenes'"):
        in_home(Path("~nobody-of-that-name/scenes"), "local")
    with pytest.raises(ArgumentError, match=r"^local: "):
        gee_scl.initialize(local="~nobody-of-that-name/scenes")
