"""`Profile.*`: what earlier requests have spent."""

from __future__ import annotations

from gee_scl.local.algorithms.registry import algorithm
from gee_scl.local.context import Context
from gee_scl.local.counters.profiles import MOST_ENTRIES
from gee_scl.local.errors import EvaluationError, NotCoveredError


@algorithm("Profile.getProfiles")
def _get_profiles(ids: list[str], form: str, most: int | None, *, context: Context) -> str:
    if form != "text":
        if form != "json":
            raise EvaluationError(f"Profile.getProfiles: format must be 'text' or 'json', not {form!r:.40}.")
        raise NotCoveredError("Profile.getProfiles: the format 'json' is not covered by the local engine.")
    if most is not None and most < 1:
        raise EvaluationError(f"Profile.getProfiles: maxEntries must be positive, not {most}.")
    return context.profiles.text(ids, MOST_ENTRIES if most is None else most)
