"""Writes the JSON Schemas of the records that travel as files into the package: `python -m hwbench.records.schema`."""

from __future__ import annotations

import inspect
import json
import sys
from pathlib import Path
from typing import Any, Final

import msgspec

from hwbench.records.files import KINDS, REPORT, Kind

FOLDER: Final = Path(__file__).resolve().parent.parent / "schemas"
PUBLISHED: Final[tuple[Kind[Any], ...]] = (*KINDS, REPORT)


def path(kind: Kind[Any]) -> Path:
    """Return where the schema of a kind of file stands: schemas/machine-1.json."""
    return FOLDER / f"{kind.schema.removeprefix('hwbench.').replace('/', '-')}.json"


def schema(kind: Kind[Any]) -> dict[str, Any]:
    """Return the JSON Schema of a kind of file, drawn from the record itself."""
    drawn: dict[str, Any] = _dedented(msgspec.json.schema(kind.record))
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": kind.schema, **drawn}


def _dedented(node: Any) -> Any:
    """Return the schema with the indentation of docstrings taken off: Python takes it off by itself only from 3.13 on."""
    if isinstance(node, dict):
        return {
            key: inspect.cleandoc(value) if key == "description" and isinstance(value, str) else _dedented(value)
            for key, value in node.items()
        }
    return [_dedented(item) for item in node] if isinstance(node, list) else node


def text(kind: Kind[Any]) -> str:
    """Return the schema of a kind of file as it stands in the package."""
    return json.dumps(schema(kind), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for published in PUBLISHED:
        path(published).write_text(text(published), encoding="utf-8")
        sys.stdout.write(f"{path(published)}\n")
