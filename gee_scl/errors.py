"""Every error that gee-scl raises on purpose: one base class, narrow subclasses."""

from __future__ import annotations


class GeeSclError(Exception):
    """Base of all errors of this package."""


class ArgumentError(GeeSclError, ValueError):
    """An argument that cannot be used, said before anything is sent.

    Args:
        argument: name of the argument as the caller wrote it.
        given: what came.
        allowed: what may come instead.
        hint: what to do, if there is more to say.
    """

    def __init__(self, argument: str, given: object, allowed: str, hint: str = "") -> None:
        self.argument, self.given, self.allowed, self.hint = argument, given, allowed, hint
        text = f"{argument}: got {_shorten(given)}; allowed: {allowed}."
        super().__init__(f"{text} {hint}".rstrip())


class Plain(str):
    """Text that an `ArgumentError` shows without quotes: a description of what came, and not what came."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


class ClassError(ArgumentError):
    """A class, group or code that the legend or scheme does not have."""


class SchemeError(ArgumentError):
    """A scheme that contradicts itself or the band it is used on."""


class RegionError(ArgumentError):
    """A region that cannot be measured, named by its id."""


class CollectionError(ArgumentError):
    """A collection that has not what was asked of it."""


class FolderError(ArgumentError):
    """A folder or file that the local engine cannot serve."""


class MissingExtraError(GeeSclError, ImportError):
    """A package that belongs to an extra is not installed.

    Args:
        package: the module that could not be imported.
        extra: the extra of gee-scl that brings it.
        purpose: what it is needed for.
    """

    def __init__(self, package: str, extra: str, purpose: str) -> None:
        self.package, self.extra = package, extra
        super().__init__(
            f"{purpose} needs the package {package!r}, which is not installed. "
            f'Install it with: python -m pip install "gee-scl[{extra}]"'
        )


class NotInitializedError(GeeSclError, RuntimeError):
    """Earth Engine was used before a session was opened."""

    def __init__(self) -> None:
        super().__init__(
            "No Earth Engine session is open. Call gee_scl.initialize(project='your-project') for Earth Engine, "
            "or gee_scl.initialize(local=True) for the local engine, which needs no account."
        )


class RequestError(GeeSclError, RuntimeError):
    """A request that the server refused; its own text is kept.

    Args:
        what: the part of the work that failed, in the caller's terms.
        message: the server's text.
        status: HTTP status, where there was an answer.
        hint: what to do about it.
    """

    def __init__(self, what: str, message: str, status: int | None = None, hint: str = "") -> None:
        self.what, self.message, self.status = what, message, status
        code = f" (HTTP {status})" if status else ""
        super().__init__(f"{what} failed{code}: {message} {hint}".rstrip())


def _shorten(value: object, limit: int = 200) -> str:
    text = repr(value)
    return text if len(text) <= limit else text[: limit - 3] + "..."
