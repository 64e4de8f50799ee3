"""Names of exports: templates filled in, made valid for Earth Engine, and marks by which a task is known again."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from gee_scl.errors import ArgumentError

MOST_CHARACTERS = 100
"""Of a task's description: "The description must contain only the following characters: a..z, A..Z, 0..9, ".", ",",
":", ";", "_" or "-". The description must be at most 100 characters long." is what the server answers. The reference of
Export.image.toDrive allows "letters, numbers, -, _ (no spaces)", for file names too; that is what is used here.
(https://developers.google.com/earth-engine/apidocs/export-image-todrive)"""

FIELDS = ("tile", "date", "time", "image", "scheme", "band", "crs")
"""What a template may name in braces."""

DEFAULT_TEMPLATE = "{tile}_{date}_{scheme}"

_FIELD = re.compile(r"\{([^{}]*)\}")
_MARKED = re.compile(r"(?P<name>.+)__(?P<tag>[A-Za-z0-9-]{1,24})__(?P<place>[0-9a-f]{10})(?P<content>[0-9a-f]{6})")
_PLACE, _CONTENT = 10, 6
"""Hexadecimal digits: of 3,000 tasks, one in 200,000 queues has two places that look alike."""

# Letters that Unicode does not take apart into a plain letter and an accent.
_LETTERS = str.maketrans(
    {"ß": "ss", "ẞ": "SS", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L"}
    | {"đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "þ": "th", "Þ": "Th", "ı": "i", "ħ": "h", "Ħ": "H"}
)


def valid_name(text: str, most: int = MOST_CHARACTERS) -> str:
    """A text as the name of a task and of files.

    Accents are dropped ("é" is "e", "ß" is "ss"), each run of other characters than letters, digits, "-" and "_"
    becomes one "_", and what is too long ends in eight digits of a hash of the whole text, so that names that differ
    stay different.

    Args:
        text: any text.
        most: characters that the name may have.

    Returns:
        The name. A valid text is returned as it is.

    Raises:
        ArgumentError: nothing is left of it.
    """
    plain = unicodedata.normalize("NFKD", str(text).translate(_LETTERS)).encode("ascii", "ignore").decode("ascii")
    name = re.sub(r"[^A-Za-z0-9_-]+", "_", plain).strip("_")
    if not re.search(r"[A-Za-z0-9]", name):
        raise ArgumentError("name", text, "a text with a Latin letter or a digit in it", _RULE)
    return name if len(name) <= most else f"{name[: most - 9]}_{_digest(text, 8)}"


_RULE = "Earth Engine's names have letters, digits, '-' and '_' only."


def filled(template: str, facts: Mapping[str, str | None]) -> str:
    """A template with its fields filled in.

    Args:
        template: a text with names of `FIELDS` in braces, such as "{tile}_{date}_{scheme}".
        facts: what each field is; None leaves it out, with the separator before it.

    Returns:
        The text, not yet made valid.

    Raises:
        ArgumentError: a field that does not exist, or no text at all.
    """
    if not isinstance(template, str) or not template.strip():
        raise ArgumentError("name", template, f"a text, which may hold {_in_braces()}")
    for field in _FIELD.findall(template):
        if field not in FIELDS:
            raise ArgumentError("name", template, f"a text whose fields are of {_in_braces()}")
    text = template
    for field in _FIELD.findall(template):
        value = facts.get(field)
        if value is None:
            # The separator goes with the field that it belonged to.
            text = re.sub(rf"[_-]?\{{{field}\}}", "", text)
        else:
            text = text.replace(f"{{{field}}}", value)
    return text.strip("_-") or "export"


def _in_braces() -> str:
    return ", ".join(f"{{{field}}}" for field in FIELDS)


@dataclass(frozen=True)
class Mark:
    """What a task's description says of it, for whoever finds it again.

    Of what Earth Engine keeps of a task and tells again, the description is all that the caller writes: an operation's
    metadata has no label (https://developers.google.com/earth-engine/reference/rest/v1/projects.operations).

    Attributes:
        name: of the export.
        tag: the caller's label for a set of tasks.
        place: digits that stand for where it goes.
        content: digits that stand for what is exported.
    """

    name: str
    tag: str
    place: str
    content: str

    @classmethod
    def of(cls, name: str, tag: str, place: str, content: str) -> Mark:
        """From the destination and the content, as texts."""
        most = MOST_CHARACTERS - len(f"____{tag}") - _PLACE - _CONTENT
        return cls(valid_name(name, most), tag, _digest(place, _PLACE), _digest(content, _CONTENT))

    @classmethod
    def read(cls, description: str) -> Mark | None:
        """From a description; None where it was not written here."""
        parts = _MARKED.fullmatch(description)
        return None if parts is None else cls(**parts.groupdict())

    @property
    def description(self) -> str:
        """The task's description: `<name>__<tag>__<16 digits>`."""
        return f"{self.name}__{self.tag}__{self.place}{self.content}"


def _digest(text: str, digits: int) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:digits]
