"""What every Python program of the corpus shares: its arguments, the marks around its work, and the printed answer.

The marks do nothing unless HWBENCH_CORPUS_REGION is set and an installed hwbench offers `region()`.
"""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path
from typing import Any


def arguments() -> tuple[str, int]:
    """Return the variant and the size, the last two words of the command line."""
    return sys.argv[-2], int(float(sys.argv[-1]))


def region() -> contextlib.AbstractContextManager[Any]:
    """Mark the work where somebody looks at the mark."""
    if os.environ.get("HWBENCH_CORPUS_REGION"):
        import hwbench

        return hwbench.region()
    return contextlib.nullcontext()


def answer(value: object) -> None:
    """Print the one result that the other side of the pair prints too."""
    sys.stdout.write(f"{value}\n")


def prepare_numba(variant: str, **settings: str) -> None:
    """Set numba up, before it is imported: machine code for one plain CPU, kept beside this file for each variant.

    A plain CPU, since an emulator may show another than the host's; a folder for each variant, since settings are no
    part of what numba knows its kept code by.
    """
    if os.uname().machine in {"x86_64", "amd64"}:
        settings = {"NUMBA_CPU_NAME": "x86-64-v3", "NUMBA_CPU_FEATURES": "", **settings}
    kept = Path(__file__).parent / "kept" / Path(sys.argv[0]).stem / variant
    os.environ.update({"NUMBA_CACHE_DIR": str(kept), **settings})
