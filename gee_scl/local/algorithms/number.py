"""Number: arithmetic, comparisons, bits, casts and special functions of single numbers.

Whole numbers stay whole where Earth Engine keeps them: sums, products, remainders, extremes, roundings and casts.
What is not defined is NaN, and what is too large is infinite, as in Java; nothing raises.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import scipy

from gee_scl.local.algorithms import registry
from gee_scl.local.algorithms.registry import algorithm
from gee_scl.local.context import Context
from gee_scl.local.errors import EvaluationError
from gee_scl.local.signatures import signatures
from gee_scl.local.texts import arithmetic
from gee_scl.local.texts.java import format_number

Number = int | float
Unary = Callable[[Any], Number]
Binary = Callable[[Any, Any], Number]

_LONG = (-(2**63), 2**63 - 1)


def _double(value: Number) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def _real(function: Callable[..., Any]) -> Unary:
    """A function of numpy or scipy as one of single numbers."""

    def apply(value: Number) -> float:
        with np.errstate(all="ignore"):
            return float(function(_double(value)))

    return apply


def _real2(function: Callable[..., Any]) -> Binary:
    def apply(left: Number, right: Number) -> float:
        with np.errstate(all="ignore"):
            return float(function(_double(left), _double(right)))

    return apply


def _exact(whole: Callable[[int, int], int], real: Callable[..., Any]) -> Binary:
    """Exact between whole numbers, unless a Long cannot hold the result."""
    inexact = _real2(real)

    def apply(left: Number, right: Number) -> Number:
        if isinstance(left, int) and isinstance(right, int):
            result = whole(left, right)
            if _LONG[0] <= result <= _LONG[1]:
                return result
        return inexact(left, right)

    return apply


def _rounding(function: Callable[..., Any]) -> Unary:
    """A whole number is its own rounding."""
    real = _real(function)
    return lambda value: value if isinstance(value, int) else real(value)


def _test(function: Callable[[Any, Any], bool]) -> Binary:
    return lambda left, right: int(function(left, right))


def _to_long(value: Number) -> int:
    """Java's cast: toward zero, clamped, NaN is 0."""
    return _clamped(value, *_LONG)


def _clamped(value: Number, low: int, high: int) -> int:
    if isinstance(value, float) and math.isnan(value):
        return 0
    return low if value <= low else high if value >= high else int(value)


def _wrapped(value: int) -> int:
    """The low 64 bits, as a signed number."""
    return (value + 2**63) % 2**64 - 2**63


def _bits(function: Callable[[int, int], int]) -> Binary:
    return lambda left, right: _wrapped(function(_to_long(left), _to_long(right)))


def _divide(left: float, right: float) -> float:
    """Division by zero gives 0 (Earth Engine's own rule)."""
    return 0.0 if right == 0 else float(np.divide(left, right))


def _mod(left: Number, right: Number) -> Number:
    """The remainder has the sign of the dividend."""
    if isinstance(left, int) and isinstance(right, int) and right != 0:
        remainder = abs(left) % abs(right)
        return -remainder if left < 0 else remainder
    return _real2(np.fmod)(left, right)


def _gamma(value: float) -> float:
    return math.nan if value <= 0 and value == np.floor(value) else float(scipy.special.gamma(value))


def _gammainc(value: float, shape: float) -> float:
    """Regularised lower incomplete gamma: Earth Engine's left is x, its right is a (recorded)."""
    return math.nan if shape <= 0 or value < 0 else float(scipy.special.gammainc(shape, value))


# The three functions below follow Apache Commons Math 3, whose results the server's recorded answers show, with its
# error of 3e-9 in digamma (a sign in the asymptotic series): org.apache.commons.math3.special.Gamma.
_SERIES_FROM = 49.0
_SERIES_TO = 1e-5
_SHIFT_FROM = -1000.0  # further down, Commons Math climbs as many steps as the number is large
_LANCZOS = (
    0.99999999999999709182,
    57.156235665862923517,
    -59.597960355475491248,
    14.136097974741747174,
    -0.49191381609762019978,
    0.33994649984811888699e-4,
    0.46523628927048575665e-4,
    -0.98374475304879564677e-4,
    0.15808870322491248884e-3,
    -0.21026444172410488319e-3,
    0.21743961811521264320e-3,
    -0.16431810653676389022e-3,
    0.84418223983852743293e-4,
    -0.26190838401581408670e-4,
    0.36899182659531622704e-5,
)


def _digamma(value: float) -> float:
    if value < _SHIFT_FROM or not math.isfinite(value):
        return float(scipy.special.digamma(value)) if math.isfinite(value) else value
    total = 0.0
    while not value >= _SERIES_FROM:
        if 0 < value <= _SERIES_TO:
            return total - float(np.euler_gamma) - 1 / value
        if value == 0:
            return -math.inf
        total, value = total - 1 / value, value + 1
    inverse = 1 / (value * value)
    return total + math.log(value) - 0.5 / value - inverse * (1 / 12 + inverse * (1 / 120 - inverse / 252))


def _trigamma(value: float) -> float:
    if value < _SHIFT_FROM or not math.isfinite(value):
        # Reflection; Apache Commons would climb here as well.
        return (math.pi / math.sin(math.pi * value)) ** 2 - _trigamma(1 - value) if math.isfinite(value) else value
    total = 0.0
    while not value >= _SERIES_FROM:
        if 0 < value <= _SERIES_TO:
            return total + (1 / value) * (1 / value)
        if value == 0:
            return math.inf
        total, value = total + 1 / (value * value), value + 1
    inverse = 1 / (value * value)
    return total + 1 / value + inverse / 2 + inverse / value * (1 / 6 - inverse * (1 / 30 + inverse / 42))


def _lanczos(value: float) -> float:
    terms = (np.divide(c, value + i) for i, c in reversed([*enumerate(_LANCZOS)][1:]))
    return float(sum(terms) + _LANCZOS[0])


_UNARY: Mapping[str, Unary] = {
    "Number.abs": abs,
    "Number.ceil": _rounding(np.ceil),
    "Number.floor": _rounding(np.floor),
    "Number.round": _rounding(lambda value: np.floor(value + 0.5)),
    "Number.signum": lambda value: (value > 0) - (value < 0) if isinstance(value, int) else _real(np.sign)(value),
    "Number.sqrt": _real(np.sqrt),
    "Number.cbrt": _real(np.cbrt),
    "Number.exp": _real(np.exp),
    "Number.log": _real(np.log),
    "Number.log10": _real(np.log10),
    "Number.sin": _real(np.sin),
    "Number.cos": _real(np.cos),
    "Number.tan": _real(np.tan),
    "Number.asin": _real(np.arcsin),
    "Number.acos": _real(np.arccos),
    "Number.atan": _real(np.arctan),
    "Number.sinh": _real(np.sinh),
    "Number.cosh": _real(np.cosh),
    "Number.tanh": _real(np.tanh),
    "Number.erf": _real(lambda value: scipy.special.erf(value)),
    "Number.erfc": _real(lambda value: scipy.special.erfc(value)),
    "Number.erfInv": _real(lambda value: scipy.special.erfinv(value)),
    "Number.erfcInv": _real(lambda value: scipy.special.erfcinv(value)),
    "Number.gamma": _real(_gamma),
    "Number.digamma": _real(_digamma),
    "Number.trigamma": _real(_trigamma),
    "Number.lanczos": _real(_lanczos),
    "Number.not": lambda value: int(value == 0),
    "Number.bitCount": lambda value: (_to_long(value) % 2**64).bit_count(),
    "Number.bitwiseNot": lambda value: ~_to_long(value),
    # A Number's float is a double: a date's milliseconds pass it unrounded (recorded, in geetools' DateRange.split).
    "Number.float": _double,
    "Number.toFloat": _double,
    "Number.double": _double,
    "Number.toDouble": _double,
}

_BINARY: Mapping[str, Binary] = {
    "Number.add": _exact(lambda a, b: a + b, np.add),
    "Number.subtract": _exact(lambda a, b: a - b, np.subtract),
    "Number.multiply": _exact(lambda a, b: a * b, np.multiply),
    "Number.divide": _real2(_divide),
    "Number.mod": _mod,
    "Number.pow": _real2(np.power),
    "Number.max": _exact(max, np.maximum),
    "Number.min": _exact(min, np.minimum),
    "Number.hypot": _real2(np.hypot),
    # The vector is [x, y] with x on the left, so the order is not that of most languages.
    "Number.atan2": _real2(lambda x, y: np.arctan2(y, x)),
    "Number.gammainc": _real2(_gammainc),
    "Number.first": lambda left, _: left,
    "Number.firstNonZero": lambda left, right: left if left != 0 else right,
    "Number.eq": _test(lambda a, b: a == b),
    "Number.neq": _test(lambda a, b: a != b),
    "Number.lt": _test(lambda a, b: a < b),
    "Number.lte": _test(lambda a, b: a <= b),
    "Number.gt": _test(lambda a, b: a > b),
    "Number.gte": _test(lambda a, b: a >= b),
    "Number.and": _test(lambda a, b: a != 0 and b != 0),
    "Number.or": _test(lambda a, b: a != 0 or b != 0),
    "Number.bitwiseAnd": _bits(lambda a, b: a & b),
    "Number.bitwiseOr": _bits(lambda a, b: a | b),
    "Number.bitwiseXor": _bits(lambda a, b: a ^ b),
    # Java takes the distance of a shift modulo 64.
    "Number.leftShift": _bits(lambda a, b: a << (b & 63)),
    "Number.rightShift": _bits(lambda a, b: a >> (b & 63)),
}

_CASTS: Mapping[tuple[str, ...], tuple[int, int]] = {
    ("Number.byte", "Number.toByte", "Number.uint8", "Number.toUint8"): (0, 2**8 - 1),
    ("Number.int8", "Number.toInt8"): (-(2**7), 2**7 - 1),
    ("Number.short", "Number.toShort", "Number.int16", "Number.toInt16"): (-(2**15), 2**15 - 1),
    ("Number.uint16", "Number.toUint16"): (0, 2**16 - 1),
    ("Number.int", "Number.toInt", "Number.int32", "Number.toInt32"): (-(2**31), 2**31 - 1),
    ("Number.uint32", "Number.toUint32"): (0, 2**32 - 1),
    ("Number.long", "Number.toLong", "Number.int64", "Number.toInt64"): _LONG,
}


def _cast(low: int, high: int) -> Unary:
    return lambda value: _clamped(value, low, high)


_OLD_NAMES: Mapping[str, str] = {
    "Number.first_nonzero": "Number.firstNonZero",
    "Number.bitwise_and": "Number.bitwiseAnd",
    "Number.bitwise_or": "Number.bitwiseOr",
    "Number.bitwise_xor": "Number.bitwiseXor",
    "Number.bitwise_not": "Number.bitwiseNot",
    "Number.left_shift": "Number.leftShift",
    "Number.right_shift": "Number.rightShift",
}
"""Names that functions had, by those that they have."""

_FUNCTIONS: Mapping[str, Callable[..., Number]] = {**_UNARY, **_BINARY}

for _name, _function in _FUNCTIONS.items():
    algorithm(_name)(_function)
for _old, _name in _OLD_NAMES.items():
    algorithm(_old)(_FUNCTIONS[_name])
for _names, _limits in _CASTS.items():
    algorithm(*_names)(_cast(*_limits))


@algorithm("Number.clamp")
def clamp(number: Number, low: float, high: float) -> Number:
    """The number, or the limit that it is beyond."""
    return _like(number, low) if number < low else _like(number, high) if number > high else number


def _like(number: Number, limit: float) -> Number:
    return int(limit) if isinstance(number, int) and limit.is_integer() else limit


@algorithm("Number.unitScale")
def unit_scale(number: Number, low: float, high: float) -> float:
    """Where the number lies between the limits, 0 at the lower and 1 at the upper; 0 where they are equal."""
    return 0.0 if low == high else _real2(np.divide)(_double(number) - low, high - low)


@algorithm("Number.format")
def format_(number: Number, pattern: str) -> str:
    """The number in printf style."""
    return format_number(number, pattern, "Number.format")


_DECIMAL = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?|[+-]?Infinity|NaN", re.ASCII)
_RADIXES = range(2, 37)


@algorithm("Number.parse")
def parse(text: str, radix: int) -> Number:
    """The number that a text says; a whole one in any base from 2 to 36."""
    if radix not in _RADIXES:
        raise EvaluationError(f"Number.parse: the radix must be between 2 and 36, not {radix}.")
    try:
        if re.fullmatch(r"[+-]?[0-9A-Za-z]{1,64}", text) and not (radix == 10 and not text.lstrip("+-").isdecimal()):
            number = int(text, radix)
            return number if _LONG[0] <= number <= _LONG[1] else float(number)
        if radix == 10 and _DECIMAL.fullmatch(text.strip()):
            return float(text)
    except ValueError:
        pass
    raise EvaluationError(f"Number.parse: Cannot parse '{text:.100}' as a number of base {radix}.")


_CONSTANTS = {("Math", "PI"): math.pi, ("Math", "E"): math.e, ("math", "pi"): math.pi, ("math", "e"): math.e}


@algorithm("Number.expression")
def expression(text: str, variables: Mapping[str, Any] | None, *, context: Context) -> Number:
    """The value of arithmetic written as text: operators, any function of Number, and the given variables."""

    def lookup(path: tuple[str, ...]) -> Any:
        if path in _CONSTANTS and path[0] not in (variables or {}):
            return _CONSTANTS[path]
        value: Any = variables or {}
        for name in path:
            if not isinstance(value, Mapping) or name not in value:
                raise EvaluationError(f"Number.expression: there is no variable '{'.'.join(path)}'.")
            value = value[name]
        return value

    def call(name: str, values: Sequence[Any]) -> Any:
        full = f"Number.{name}"
        arguments = signatures()[full].arguments if full in signatures() else ()
        if len(values) > len(arguments):
            raise EvaluationError(f"Number.expression: there is no function '{name}' of {len(values)} numbers.")
        return registry.call(full, dict(zip((a.name for a in arguments), values, strict=False)), context)

    def choose(test: Any, yes: Callable[[], Any], no: Callable[[], Any]) -> Any:
        return yes() if registry.is_true(test) else no()

    value = arithmetic.evaluate(arithmetic.parse(text, "Number.expression"), lookup, call, choose)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise EvaluationError("Number.expression: the value of the expression is not a number.")
    return value
