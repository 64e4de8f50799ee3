"""Earth Engine's refusals by short names, so that each can be had on demand: status and text of every one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

STATUS_NAMES: Mapping[int, str] = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "ABORTED",
    429: "RESOURCE_EXHAUSTED",
    499: "CANCELLED",
    500: "INTERNAL",
    501: "UNIMPLEMENTED",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}
"""What Google's errors call a status (https://cloud.google.com/apis/design/errors#handling_errors)."""


@dataclass(frozen=True)
class NamedError:
    """A refusal.

    Attributes:
        status: of HTTP.
        text: the message.
    """

    status: int
    text: str


# Texts of https://developers.google.com/earth-engine/guides/debugging and /usage, and of users' reports. Whether too
# many aggregations are refused with 429 or with 400 is not documented: `status` says otherwise where it matters.
NAMED_ERRORS: Mapping[str, NamedError] = {
    "memory": NamedError(400, "User memory limit exceeded."),
    "timeout": NamedError(400, "Computation timed out."),
    "too-large": NamedError(400, "Computed value is too large"),
    "too-many-elements": NamedError(400, "Collection query aborted after accumulating over 5000 elements."),
    "too-many-pixels": NamedError(
        400,
        "Image.reduceRegion: Too many pixels in the region. Found 2000000000, but maxPixels allows only 10000000.\n"
        "Ensure that you are not aggregating at a higher resolution than you intended; that is the most frequent "
        "cause of this error.",
    ),
    "too-many-edges": NamedError(400, "Geometry has too many edges"),
    "too-many-aggregations": NamedError(429, "Too many concurrent aggregations."),
    "quota": NamedError(
        429,
        "Quota exceeded for quota metric 'Number of read requests' and limit 'Number of read requests per minute per "
        "user' of service 'earthengine.googleapis.com' for consumer 'project_number:1'.",
    ),
    "daily-quota": NamedError(
        429, "Your usage exceeded the custom quota for 'earthengine.googleapis.com/daily_eecu_usage_time'"
    ),
    "payload": NamedError(400, "Request payload size exceeds the limit: 10485760 bytes."),
    "pixels-payload": NamedError(
        400, "Total request size (67108864 bytes) must be less than or equal to 50331648 bytes."
    ),
    "queue-full": NamedError(
        400, "Too many tasks already in the queue (3000). Please wait for some of them to complete."
    ),
    "no-band": NamedError(400, "Image.select: Band pattern 'X' did not match any bands."),
    "no-image": NamedError(
        400, "Image.load: Image asset 'X' not found (does not exist or caller does not have access)."
    ),
    "not-found": NamedError(404, "Asset 'X' not found (does not exist or caller does not have access)."),
    "forbidden": NamedError(403, "Caller does not have required permission to use project X."),
    "internal": NamedError(500, "An internal error has occurred."),
    "unavailable": NamedError(503, "The service is currently unavailable."),
}
"""The refusals by their names."""
