"""The engine's errors: each knows the HTTP status and status word that Earth Engine gives it."""

from __future__ import annotations


class EngineError(Exception):
    """Something that a request is answered with, instead of a value.

    Args:
        message: the text that the client shows.
    """

    code = 500
    status = "INTERNAL"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message

    def to_json(self) -> dict[str, object]:
        """The body of the answer, in the form of Google's APIs."""
        return {"error": {"code": self.code, "message": self.message, "status": self.status}}


class EvaluationError(EngineError):
    """The expression cannot be evaluated: what Earth Engine answers with HTTP 400."""

    code = 400
    status = "INVALID_ARGUMENT"


class LimitError(EvaluationError):
    """The expression asks for more than one interactive request may."""


class TimedOutError(LimitError):
    """The evaluation took longer than the engine's time limit."""

    def __init__(self) -> None:
        super().__init__("Computation timed out.")


class NotCoveredError(EvaluationError):
    """The algorithm exists on Earth Engine, but not in this engine."""


class NotFoundError(EngineError):
    """No such asset, operation or route."""

    code = 404
    status = "NOT_FOUND"


class ForbiddenError(EngineError):
    """The request comes from where the engine does not serve."""

    code = 403
    status = "PERMISSION_DENIED"
