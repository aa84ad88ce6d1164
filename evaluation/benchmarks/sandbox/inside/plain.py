"""Values as JSON, and nothing but values: what crosses between a candidate and its checker."""

import collections.abc

TYPE_CHECKING = False  # typing itself takes as long to import as all else together
if TYPE_CHECKING:
    from typing import Any

RARE = {("decimal", "Decimal"), ("fractions", "Fraction")}


class Opaque:
    """A value that is no plain data; equal to nothing, so that no test can accept it."""

    def __init__(self, name: str) -> None:
        """Keep the name of its type."""
        self.name = name

    def __eq__(self, other: object) -> bool:
        """Differ, also from itself."""
        return False

    def __repr__(self) -> str:
        """Name the type."""
        return f"<{self.name}, no plain value>"

    __hash__ = None  # type: ignore[assignment]


def encode(value: "Any") -> "Any":
    """Turn a value into JSON; a subclass of a plain type becomes that type, its methods unasked."""
    kind = type(value)
    if value is None or kind is bool:
        return value
    if issubclass(kind, str):
        return str.__str__(value)
    for number in (int, float, complex):
        if issubclass(kind, number):
            return [number.__name__, number.__repr__(value)]
    for several in (list, tuple, set, frozenset):
        if issubclass(kind, several):
            return [several.__name__, [encode(part) for part in several.__iter__(value)]]
    if issubclass(kind, dict):
        return ["dict", [[encode(key), encode(part)] for key, part in dict.items(value)]]
    return _rarer(value, kind)


def _rarer(value: "Any", kind: type) -> "Any":
    name, rest = "opaque", kind.__name__  # type: str, Any
    if issubclass(kind, (bytes, bytearray)):
        name, rest = "bytes", bytes(value).hex()
    elif (kind.__module__, kind.__name__) in RARE:
        name, rest = kind.__name__, str(value)
    elif kind is range:
        name, rest = "range", [value.start, value.stop, value.step]
    elif issubclass(kind, (collections.abc.Iterator, collections.abc.ValuesView)):
        name, rest = "iterator", [encode(part) for part in value]
    elif issubclass(kind, (collections.abc.KeysView, collections.abc.ItemsView)):
        name, rest = "set", [encode(part) for part in value]
    return [name, rest]


def decode(value: "Any") -> "Any":
    """Turn JSON back into a value.

    Raises:
        KeyError: If it is none that `encode` makes.
    """
    if value is None or isinstance(value, (bool, str)):
        return value
    name, rest = value
    if name in ("list", "tuple", "set", "frozenset", "iterator"):
        parts = [decode(part) for part in rest]
        several: dict[str, Any] = {"list": list, "tuple": tuple, "set": set, "frozenset": frozenset}
        return several[name](parts) if name in several else iter(parts)
    if name == "dict":
        return {decode(key): decode(part) for key, part in rest}
    if name == "range":
        return range(*rest)
    if name in ("Decimal", "Fraction"):
        import decimal  # noqa: PLC0415 (slow, and rarely wanted)
        import fractions  # noqa: PLC0415

        return decimal.Decimal(rest) if name == "Decimal" else fractions.Fraction(rest)
    readers: dict[str, Any] = {
        "int": int,
        "float": float,
        "complex": complex,
        "bytes": bytes.fromhex,
    }
    return Opaque(rest) if name == "opaque" else readers[name](rest)
