"""How much one request may ask for, and how many are under way at a time."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Final

from gee_scl.options.checks import whole_number

REQUEST_BYTES: Final = 10 * 1024 * 1024
"""Of a request's body: "Request payload size exceeds the limit: 10485760 bytes." """

QUEUED_TASKS: Final = 3000
"""That may wait (https://developers.google.com/earth-engine/guides/usage)."""


@dataclass(frozen=True)
class Limits:
    """What one request may ask for. The defaults keep away from where Earth Engine refuses.

    Attributes:
        rows: of one table: below the 5,000 elements at which Earth Engine aborts a collection query. There are at most
            so many, since a region and an image that may meet have one row or none.
        bytes: of outlines in one request: half of Earth Engine's 10 MB, since the expression around them counts too.
        pixels: pixels x images of one table: an interactive request ends after about five minutes.
        block_bytes: of pixels in one answer, without compression: a third of the 48 MiB that computePixels allows.
            Several are in memory at a time, and what fails is less to fetch again.
        film_pixels: of all frames of one film: 32 MiB of RGB, the smallest limit that Earth Engine was seen to state
            for a thumbnail ("Total request size (34747888 bytes) must be less than or equal to 33554432 bytes.",
            https://github.com/alan-turing-institute/monitoring-ecosystem-resilience/issues/270).
        page: rows of one page of an answer: what table:computeFeatures gives by default.
        regions: of one table at the least, about, where the job has so many: a table of few regions would read the same
            images as the next one.
        parallel: requests at a time for tables and pixels: Earth Engine allows 40, and slows down a user who has many
            aggregations under way (https://developers.google.com/earth-engine/guides/usage).
        parallel_pictures: requests at a time for pictures and map ids, which are less work.
        attempts: of one request, where another may succeed: after a fault of the server or the network, or too much at
            a time. About 47 s are waited between eight, 91 s where too much is asked for at a time.
        request_bytes: of the body of a request that starts a task: Earth Engine's 10 MB.
        queued_tasks: that may wait at a time.

    Examples:
        Eighteen images and six regions, listed by one request and measured by three:

        >>> smaller = gee_scl.Limits(rows=50, parallel=2)
        >>> frame = gee_scl.class_statistics(images, fields, id="name", run=gee_scl.Run(limits=smaller))
        >>> frame.attrs["gee_scl"]["requests"]
        4
    """

    rows: int = 4800
    bytes: int = 5_000_000
    pixels: int = 150_000_000
    block_bytes: int = 16 * 1024 * 1024
    film_pixels: int = 33_554_432 // 3
    page: int = 1000
    regions: int = 200
    parallel: int = 4
    parallel_pictures: int = 8
    attempts: int = 8
    request_bytes: int = REQUEST_BYTES
    queued_tasks: int = QUEUED_TASKS

    def __post_init__(self) -> None:
        for field in fields(self):
            object.__setattr__(self, field.name, whole_number(field.name, getattr(self, field.name), 1))
