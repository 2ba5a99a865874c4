"""Writes the JSON Schema of the machine profile into the package: `python -m hwbench.profile.schema`."""

from __future__ import annotations

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
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": MACHINE_SCHEMA,
        **msgspec.json.schema(MachineProfile),
    }


def text() -> str:
    """Return the schema as it stands in the package."""
    return json.dumps(machine_schema(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    PATH.write_text(text(), encoding="utf-8")
    sys.stdout.write(f"{PATH}\n")
