"""Changes of the classification between the images of a list."""

from __future__ import annotations

from collections.abc import Iterable

from gee_scl.classes.baselines import BASELINE_CHANGES
from gee_scl.classes.schemes import Scheme
from gee_scl.options.caller_warning import warn_caller
from gee_scl.scenes.scene import Scene

__all__ = ["BaselineWarning"]


class BaselineWarning(UserWarning):
    """Images of before and of after a change of the classification are counted side by side.

    Examples:
        >>> import warnings
        >>> with warnings.catch_warnings(record=True, action="always") as caught:
        ...     frame = gee_scl.class_statistics(images, fields)
        >>> [warning for warning in caught if warning.category is gee_scl.BaselineWarning]  # all are of one baseline
        []
    """


def changes_between(scenes: Iterable[Scene], scheme: Scheme) -> tuple[str, ...]:
    """The changes of the classification that some images were made before, and others after, each in a line.

    A baseline says it, and the day of an image where no baseline is known.

    Args:
        scenes: in any order.
        scheme: of their classes; none changes that is not the SCL's.
    """
    if not scheme.is_scl:
        return ()
    made = {(scene.baseline, scene.day) for scene in scenes}
    return tuple(
        str(change)
        for change in BASELINE_CHANGES
        if change.in_classes and {True, False} <= {change.is_before(*each) for each in made}
    )


def warn_of_changes(scenes: Iterable[Scene], scheme: Scheme) -> None:
    """Warn the caller of what `changes_between` finds.

    Warns:
        BaselineWarning: there are changes.
    """
    if changes := changes_between(scenes, scheme):
        warn_caller(
            "Among the images are some of before and some of after a change of the classification, so that their "
            f"classes are not quite the same: {'; '.join(changes)}. gee_scl.baseline_table() has the sources.",
            BaselineWarning,
        )
