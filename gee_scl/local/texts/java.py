"""How Java, the server's language, writes numbers as text and reads regular expressions."""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, localcontext

from gee_scl.local.errors import EvaluationError
from gee_scl.local.texts.lengths import check_length

Number = int | float


def number_text(value: Number) -> str:
    """A number as `%s` writes it: `Long.toString` for whole numbers, `Double.toString` for others.

    Source: https://docs.oracle.com/en/java/javase/11/docs/api/java.base/java/lang/Double.html#toString(double)
    """
    if isinstance(value, int):
        return str(value)
    if not math.isfinite(value):
        return _special(value)
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        return repr(value)
    _, digits, exponent = Decimal(repr(value)).normalize().as_tuple()
    first, rest = digits[0], "".join(map(str, digits[1:])) or "0"
    return f"{'-' if value < 0 else ''}{first}.{rest}E{int(exponent) + len(digits) - 1}"


def _special(value: float) -> str:
    return "NaN" if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")


# Exactly one conversion, with these modifiers: https://developers.google.com/earth-engine/apidocs/ee-number-format
_FORMAT = re.compile(r"([^%]*)%([#\-+ 0,(]*)([1-9][0-9]*)?(?:\.([0-9]+))?([sdoxXeEfgGaA])([^%]*)", re.ASCII | re.DOTALL)
_MAX_PRECISION = 1000


@dataclass(frozen=True)
class _Specifier:
    flags: str
    width: int
    precision: int | None
    conversion: str


def format_number(value: Number, pattern: str, algorithm: str) -> str:
    """A number in `java.util.Formatter`'s printf style.

    Decimals are rounded half up from the number's shortest decimal form, as Java does: 0.125 in `%.2f` is 0.13.

    Args:
        value: the number.
        pattern: text with exactly one of the conversions s, d, o, x, X, e, E, f, g, G, a, A.
        algorithm: for the error.

    Raises:
        EvaluationError: the pattern is malformed, or it asks for a whole number where there is none.
    """
    match = _FORMAT.fullmatch(pattern)
    if match is None:
        raise EvaluationError(f"{algorithm}: Invalid format string: '{pattern}'.")
    before, flags, width, precision, conversion, after = match.groups()
    if len(width or "") > 9 or len(precision or "") > 9 or int(precision or 0) > _MAX_PRECISION:
        raise EvaluationError(f"{algorithm}: Invalid format string: '{pattern}': its width or precision is too large.")
    check_length(int(width or 0), algorithm)
    specifier = _Specifier(flags, int(width or 0), None if precision is None else int(precision), conversion.lower())
    text = _formatted(value, specifier, algorithm)
    return before + (text.upper() if conversion.isupper() else text) + after


def _formatted(value: Number, specifier: _Specifier, algorithm: str) -> str:
    conversion = specifier.conversion
    if conversion == "s":
        return _padded(number_text(value)[: specifier.precision], specifier)
    if conversion in "dox":
        if isinstance(value, float):
            if not (math.isfinite(value) and value == int(value)):
                raise EvaluationError(f"{algorithm}: '%{conversion}' needs a whole number, not {number_text(value)}.")
            value = int(value)
        return _WHOLE[conversion](value, specifier)
    real = float(value)
    if not math.isfinite(real):
        return _padded(_signed(_special(abs(real)), real < 0, specifier), specifier)
    if conversion == "a":
        return _padded(_hexadecimal(real), specifier)
    precision = 6 if specifier.precision is None else specifier.precision
    negative = math.copysign(1, real) < 0
    digits = _REAL[conversion](abs(Decimal(repr(real))), precision)
    return _zero_padded(_grouped(digits, specifier), negative, specifier)


def _decimal(value: Number, specifier: _Specifier) -> str:
    return _zero_padded(_grouped(str(abs(value)), specifier), value < 0, specifier)


def _based(base: str) -> Callable[[Number, _Specifier], str]:
    """Octal and hexadecimal show the two's complement of 32 bits, or of 64 where 32 do not hold the number."""

    def write(value: Number, specifier: _Specifier) -> str:
        bits = 32 if -(2**31) <= value < 2**31 else 64
        prefix = {"o": "0", "x": "0x"}[base] if "#" in specifier.flags else ""
        text = prefix + format(int(value) % 2**bits, base)
        return text.rjust(specifier.width, "0") if "0" in specifier.flags else _padded(text, specifier)

    return write


def _rounded(value: Decimal, exponent: int) -> Decimal:
    with localcontext(prec=_MAX_PRECISION + 400):
        return value.quantize(Decimal(1).scaleb(exponent), rounding=ROUND_HALF_UP)


def _fixed(value: Decimal, precision: int) -> str:
    return format(_rounded(value, -precision), "f")


def _scientific(value: Decimal, precision: int) -> str:
    exponent = value.adjusted() if value else 0
    rounded = _rounded(value, exponent - precision)
    if rounded and rounded.adjusted() > exponent:  # 9.99 became 10.0
        exponent += 1
    mantissa = _fixed(rounded.scaleb(-exponent), precision)
    return f"{mantissa}e{'-' if exponent < 0 else '+'}{abs(exponent):02d}"


def _general(value: Decimal, precision: int) -> str:
    """Java's %g keeps trailing zeros, and is fixed from 10^-4 up to 10^precision."""
    precision = precision or 1
    if not value:
        return _fixed(value, precision - 1)
    rounded = _rounded(value, value.adjusted() - precision + 1)
    if Decimal("0.0001") <= rounded < Decimal(10) ** precision:
        return _fixed(rounded, max(0, precision - rounded.adjusted() - 1))
    return _scientific(value, precision - 1)


_WHOLE: dict[str, Callable[[Number, _Specifier], str]] = {"d": _decimal, "o": _based("o"), "x": _based("x")}
_REAL: dict[str, Callable[[Decimal, int], str]] = {"f": _fixed, "e": _scientific, "g": _general}


def _hexadecimal(value: float) -> str:
    mantissa, _, exponent = value.hex().partition("p")
    head, _, digits = mantissa.partition(".")
    return f"{head}.{digits.rstrip('0') or '0'}p{int(exponent)}"


def _grouped(digits: str, specifier: _Specifier) -> str:
    if "," not in specifier.flags or "e" in digits:
        return digits
    whole, point, rest = digits.partition(".")
    return f"{int(whole):,}{point}{rest}"


def _signed(digits: str, negative: bool, specifier: _Specifier) -> str:
    if negative:
        return f"({digits})" if "(" in specifier.flags else f"-{digits}"
    sign = "+" if "+" in specifier.flags else " " if " " in specifier.flags else ""
    return sign + digits


def _zero_padded(digits: str, negative: bool, specifier: _Specifier) -> str:
    if "0" in specifier.flags:
        taken = len(_signed("", negative, specifier))
        digits = digits.rjust(specifier.width - taken, "0")
    return _padded(_signed(digits, negative, specifier), specifier)


def _padded(text: str, specifier: _Specifier) -> str:
    return text.ljust(specifier.width) if "-" in specifier.flags else text.rjust(specifier.width)


# POSIX classes inside [...], which the server's documentation uses and Python does not know.
_POSIX = {
    "alnum": "0-9A-Za-z",
    "alpha": "A-Za-z",
    "blank": r"\t ",
    "cntrl": r"\x00-\x1f\x7f",
    "digit": "0-9",
    "graph": "!-~",
    "lower": "a-z",
    "print": " -~",
    "punct": r"!-/:-@\[-`{-~",
    "space": r"\t\n\v\f\r ",
    "upper": "A-Z",
    "word": "0-9A-Za-z_",
    "xdigit": "0-9A-Fa-f",
}
_POSIX_CLASS = re.compile(rf"\[:({'|'.join(_POSIX)}):\]")


def regular_expression(pattern: str, algorithm: str, *, ignore_case: bool = False) -> re.Pattern[str]:
    r"""A regular expression of the server as one of Python.

    Classes such as `\d` and `\w` are ASCII, as they are there; POSIX classes and `(?<name>...)` are understood.

    Raises:
        EvaluationError: it is not a regular expression.
    """
    try:
        return _compiled(pattern, ignore_case)
    except (re.error, OverflowError) as error:
        raise EvaluationError(f"{algorithm}: Invalid regular expression '{pattern}': {error}.") from None


@functools.lru_cache(maxsize=256)
def _compiled(pattern: str, ignore_case: bool) -> re.Pattern[str]:
    translated = _POSIX_CLASS.sub(lambda match: _POSIX[match[1]], pattern)
    translated = re.sub(r"\(\?<(?=[A-Za-z])", "(?P<", translated)
    return re.compile(translated, re.ASCII | (re.IGNORECASE if ignore_case else re.NOFLAG))


_REPLACEMENT = re.compile(r"\\(.)|\$\{([A-Za-z][A-Za-z0-9]*)\}|\$([0-9]{1,9})|([\\$])", re.DOTALL)


def replacement(text: str, pattern: re.Pattern[str], algorithm: str) -> Callable[[re.Match[str]], str]:
    r"""What replaces a match: `$1` and `${name}` are groups, a backslash makes the next character plain.

    Raises:
        EvaluationError: it refers to a group that the pattern does not have, or ends in a lone `$` or backslash.
    """
    pieces: list[str | int] = []
    end = 0
    for reference in _REPLACEMENT.finditer(text):
        pieces.append(text[end : reference.start()])
        pieces.extend(_piece(reference, pattern, algorithm))
        end = reference.end()
    pieces.append(text[end:])
    return lambda match: "".join(p if isinstance(p, str) else match[p] or "" for p in pieces)


def _piece(reference: re.Match[str], pattern: re.Pattern[str], algorithm: str) -> list[str | int]:
    plain, name, digits, _ = reference.groups()
    if plain is not None:
        return [plain]
    if name is not None and name in pattern.groupindex:
        return [pattern.groupindex[name]]
    # As many digits as still make a group of the pattern, and the rest is text.
    for length in range(len(digits or ""), 0, -1):
        if int(digits[:length]) <= pattern.groups:
            return [int(digits[:length]), digits[length:]]
    raise EvaluationError(f"{algorithm}: Illegal group reference '{reference[0]:.20}' in the replacement.")
