"""How much one request may ask for, and how many are under way at a time."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from typing import Final

from gee_scl.errors import ArgumentError
from gee_scl.options.checks import whole_number

REQUEST_BYTES: Final = 10 * 1024 * 1024
"""Of a request's body: "Request payload size exceeds the limit: 10485760 bytes." """

QUEUED_TASKS: Final = 3000
"""That may wait (https://developers.google.com/earth-engine/guides/usage)."""

DEFAULT_TAG: Final = "gee-scl"

_TAG = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,22}[A-Za-z0-9])?")


@dataclass(frozen=True)
class Limits:
    """What one request may ask for. The defaults keep away from where Earth Engine refuses.

    Attributes:
        rows: of one table: below the 5,000 elements at which Earth Engine aborts a collection query.
        bytes: of outlines in one request: half of Earth Engine's 10 MB, since the expression around them counts too.
        pixels: pixels x images of one table: an interactive request ends after about five minutes.
        block_bytes: of pixels in one answer, without compression: a third of the 48 MiB that computePixels allows.
            Several are in memory at a time, and what fails is less to fetch again.
        film_pixels: of all frames of one film: 32 MiB of RGB, the smallest limit that Earth Engine was seen to state
            for a thumbnail ("Total request size (34747888 bytes) must be less than or equal to 33554432 bytes.",
            https://github.com/alan-turing-institute/monitoring-ecosystem-resilience/issues/270).
        page: rows of one page of an answer: what table:computeFeatures gives by default.
        regions: that a table has at the least where there are so many, since each request reads its images anew.
        parallel: requests at a time for tables and pixels: Earth Engine allows 40, and slows down a user who has many
            aggregations under way (https://developers.google.com/earth-engine/guides/usage).
        parallel_pictures: requests at a time for pictures and map ids, which are less work.
        request_bytes: of the body of a request that starts a task: Earth Engine's 10 MB.
        queued_tasks: that may wait at a time.

    Examples:
        Eighteen images and six regions, listed by one request and measured by three:

        >>> smaller = gee_scl.Limits(rows=50, parallel=2)
        >>> frame = gee_scl.class_statistics(images, fields, id="name", run=gee_scl.Run(limits=smaller))
        >>> frame.attrs["gee_scl"]["requests"]
        4
    """

    rows: int = 4000
    bytes: int = 5_000_000
    pixels: int = 150_000_000
    block_bytes: int = 16 * 1024 * 1024
    film_pixels: int = 33_554_432 // 3
    page: int = 1000
    regions: int = 200
    parallel: int = 4
    parallel_pictures: int = 8
    request_bytes: int = REQUEST_BYTES
    queued_tasks: int = QUEUED_TASKS

    def __post_init__(self) -> None:
        for field in fields(self):
            object.__setattr__(self, field.name, whole_number(field.name, getattr(self, field.name), 1))


@dataclass(frozen=True)
class Run:
    """How a job runs. A job that starts no task has no use for what is said of tasks.

    Attributes:
        limits: of its requests.
        tag: label of the tasks that it starts, by which `exports.tasks`, `wait_all` and `retry_failed` find them: 1 to
            24 letters, digits and "-", with a letter or digit at both ends.
        priority: of the tasks, 0 to 9999: the highest is first, and 100 is usual. None leaves it to Earth Engine.
        wait_for_room: whether to wait where Earth Engine's queue has no room for a task (it takes 3,000), instead of an
            error.
        most_tasks: refuse to start more with one call.

    Examples:
        >>> careful = gee_scl.Run(limits=gee_scl.Limits(parallel=1))  # one request at a time
        >>> frame = gee_scl.class_statistics(images, fields, by="date", run=careful)

        Tasks that are started with a label, before others that wait:

        >>> urgent = gee_scl.Run(tag="fields-2023", priority=200)
        >>> started = exports.export_collection(images.limit(2), run=urgent)
        >>> [task.tag for task in started]
        ['fields-2023', 'fields-2023']
    """

    limits: Limits = Limits()
    tag: str = DEFAULT_TAG
    priority: int | None = None
    wait_for_room: bool = False
    most_tasks: int = 100

    def __post_init__(self) -> None:
        checked_tag(self.tag)
        if self.priority is not None:
            object.__setattr__(self, "priority", whole_number("priority", self.priority, 0, 9999))
        object.__setattr__(self, "most_tasks", whole_number("most_tasks", self.most_tasks, 1))


def checked_tag(tag: object) -> str:
    """A label of tasks as a caller gives it.

    Raises:
        ArgumentError: not 1 to 24 letters, digits and "-", with a letter or digit at both ends.
    """
    if not isinstance(tag, str) or not _TAG.fullmatch(tag):
        raise ArgumentError("tag", tag, "1 to 24 letters, digits and '-', a letter or digit at both ends")
    return tag
