"""Writes the JSON Schema of the machine profile into the package: `python -m hwbench.profile.schema`."""

from __future__ import annotations

import inspect
import json
import sys
from pathlib import Path
from typing import Any, Final

import msgspec

from hwbench.records import MACHINE_SCHEMA, MachineProfile

FOLDER: Final = Path(__file__).resolve().parent.parent / "schemas"
PATH: Final = FOLDER / f"{MACHINE_SCHEMA.removeprefix('hwbench.').replace('/', '-')}.json"


def machine_schema() -> dict[str, Any]:
    """Return the JSON Schema of `hwbench.machine/1`, drawn from the record itself."""
    schema: dict[str, Any] = _dedented(msgspec.json.schema(MachineProfile))
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": MACHINE_SCHEMA, **schema}


def _dedented(node: Any) -> Any:
    """Return the schema with the indentation of docstrings taken off: Python takes it off by itself only from 3.13 on."""
    if isinstance(node, dict):
        return {
            key: inspect.cleandoc(value) if key == "description" and isinstance(value, str) else _dedented(value)
            for key, value in node.items()
        }
    return [_dedented(item) for item in node] if isinstance(node, list) else node


def text() -> str:
    """Return the schema as it stands in the package."""
    return json.dumps(machine_schema(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    PATH.write_text(text(), encoding="utf-8")
    sys.stdout.write(f"{PATH}\n")
