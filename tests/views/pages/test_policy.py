"""What a page may do."""

from __future__ import annotations

from gee_scl.views.pages.policy import content_policy


def test_a_page_without_scripts_may_run_none() -> None:
    assert "script-src 'none';" in content_policy([], ["map.css"])
