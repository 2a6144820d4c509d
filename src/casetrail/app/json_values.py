"""Frozen values to JSON and back, strictly: what cannot be read exactly as it was written is an integrity failure.

Arrays become base64 of their little-endian bytes with type and shape; enumerations their value; sets sorted lists.
"""

import base64
import dataclasses
import json
import types
import typing
from collections.abc import Callable
from enum import Enum
from fractions import Fraction
from functools import lru_cache
from typing import Any, TypeVar

import numpy as np

from casetrail.model.arrays import Array, frozen
from casetrail.model.errors import CasetrailError, IntegrityError

Value = TypeVar("Value")


def to_json(value: object) -> bytes:
    """A frozen value as UTF-8 JSON with its type's name, so that it cannot be read as another."""
    return json.dumps({"type": type(value).__name__, "value": _plain(value)}, ensure_ascii=False).encode()


def from_json(kind: type[Value], data: bytes) -> Value:
    """The value of type `kind` that `to_json` wrote. Raises IntegrityError when it is anything else."""
    try:
        plain = json.loads(data)
        if plain["type"] != kind.__name__:
            raise TypeError
        return typing.cast(Value, _read(kind, plain["value"]))
    except (ValueError, KeyError, TypeError, AttributeError, CasetrailError):
        raise IntegrityError(f"a stored record is not a readable {kind.__name__}") from None


def _plain(value: object) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if value is None or (isinstance(value, str | int | float) and not isinstance(value, Enum)):
        return value
    for kind, write in _WRITERS.items():
        if isinstance(value, kind):
            return write(value)
    raise TypeError(f"{type(value).__name__} is not a value that can be stored")


def _plain_array(array: Array) -> dict[str, Any]:
    little = np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<"))
    encoded = base64.b64encode(little.tobytes()).decode()
    return {"dtype": array.dtype.name, "shape": array.shape, "base64": encoded}


def _read(kind: Any, plain: Any) -> Any:
    reader = _READERS.get(typing.get_origin(kind))
    if reader is not None:
        return reader(typing.get_args(kind), plain)
    if dataclasses.is_dataclass(kind):
        return _read_dataclass(kind, plain)
    if issubclass(kind, Enum | Fraction):
        return kind(plain)
    if kind is float and isinstance(plain, int) and not isinstance(plain, bool):
        return float(plain)
    if type(plain) is not kind:
        raise TypeError
    return plain


def _read_dataclass(kind: Any, plain: dict[str, Any]) -> Any:
    hints = _hints(kind)
    if plain.keys() - hints.keys():
        raise TypeError
    return kind(**{name: _read(hints[name], item) for name, item in plain.items()})


@lru_cache(maxsize=256)
def _hints(kind: Any) -> dict[str, Any]:
    hints = typing.get_type_hints(kind)
    return {field.name: hints[field.name] for field in dataclasses.fields(kind)}


def _read_tuple(args: tuple[Any, ...], plain: list[Any]) -> tuple[Any, ...]:
    if len(args) == 2 and args[1] is Ellipsis:
        return tuple(_read(args[0], item) for item in plain)
    return tuple(_read(kind, item) for kind, item in zip(args, plain, strict=True))


def _read_optional(args: tuple[Any, ...], plain: Any) -> Any:
    if plain is None and types.NoneType in args:
        return None
    kinds = [kind for kind in args if kind is not types.NoneType]
    if len(kinds) != 1:
        raise TypeError
    return _read(kinds[0], plain)


def _read_array(_args: tuple[Any, ...], plain: dict[str, Any]) -> Array:
    dtype = np.dtype(plain["dtype"]).newbyteorder("<")
    array = np.frombuffer(base64.b64decode(plain["base64"], validate=True), dtype=dtype).reshape(plain["shape"])
    return frozen(array.astype(dtype.newbyteorder("=")))


def _read_set(args: tuple[Any, ...], plain: list[Any]) -> frozenset[Any]:
    return frozenset(_read(args[0], item) for item in plain)


def _read_mapping(args: tuple[Any, ...], plain: dict[str, Any]) -> dict[str, Any]:
    return {key: _read(args[1], item) for key, item in plain.items()}


_WRITERS: dict[type, Callable[[Any], Any]] = {
    Enum: lambda value: value.value,
    np.ndarray: _plain_array,
    frozenset: lambda value: sorted(_plain(item) for item in value),
    tuple: lambda value: [_plain(item) for item in value],
    Fraction: str,
    dict: lambda value: {str(key): _plain(item) for key, item in value.items()},
}

_READERS: dict[Any, Callable[[tuple[Any, ...], Any], Any]] = {
    tuple: _read_tuple,
    frozenset: _read_set,
    dict: _read_mapping,
    np.ndarray: _read_array,
    types.UnionType: _read_optional,
    typing.Union: _read_optional,
}
