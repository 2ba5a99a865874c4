"""Any record with strange words or numbers in every field, or without all that a file may leave out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, get_args, get_origin, get_type_hints

import msgspec

Change = Callable[[Any], Any]


def changed(record: Any, words: Change = lambda text: text, numbers: Change = lambda number: number) -> Any:
    """Return a record with all its free words and all its numbers changed; names that are chosen from a list stay."""
    return _changed(record, type(record), words, numbers)


def _changed(value: Any, hint: Any, words: Change, numbers: Change) -> Any:
    if isinstance(value, msgspec.Struct):
        hints = get_type_hints(type(value))
        return msgspec.structs.replace(
            value,
            **{name: _changed(getattr(value, name), hints[name], words, numbers) for name in hints if name != "schema"},
        )
    if isinstance(value, tuple):
        return tuple(_changed(one, _inside(hint), words, numbers) for one in value)
    if isinstance(value, dict):
        made = {key: _changed(one, _inside(hint), words, numbers) for key, one in value.items()}
        first = next(iter(made.values()), None)
        return made if first is None or words("x") == "x" else {**made, words("name"): first}
    if isinstance(value, str):
        return words(value) if _is_free(hint) else value
    return value if isinstance(value, bool) or value is None else numbers(value)


def _inside(hint: Any) -> Any:
    """Return what a tuple or a dict is of."""
    for one in (hint, *get_args(hint)):
        if get_origin(one) in (tuple, dict):
            arguments = [argument for argument in get_args(one) if argument is not ...]
            return arguments[-1]
    return hint


def _is_free(hint: Any) -> bool:
    return hint is str or str in get_args(hint)


def emptied(record: Any) -> Any:
    """Return a record without all that a file may leave out, to its innermost part."""
    made = {}
    for one in msgspec.structs.fields(record):
        if one.default is not msgspec.NODEFAULT:
            made[one.name] = one.default
        elif one.default_factory is not msgspec.NODEFAULT:
            made[one.name] = one.default_factory()
        else:
            value = getattr(record, one.name)
            is_many = isinstance(value, dict | tuple)
            made[one.name] = (
                emptied(value) if isinstance(value, msgspec.Struct) else type(value)() if is_many else value
            )
    return msgspec.structs.replace(record, **made)
