"""Explanations on disk: each is kept in the user's data folder by host and time, so that nothing measured is lost."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from hwbench.host.folders import FOLDER_VARIABLE
from hwbench.profile.store import host_folder, this_host
from hwbench.records import Explanation, Unavailable, files

FOLDER: Final = "explanations"


def keep(explanation: Explanation) -> Path | Unavailable:
    """Keep an explanation in the data folder and return its path, or why it could not be kept."""
    folder = host_folder(FOLDER, explanation.host.name if explanation.host else this_host())
    stamp = re.sub(r"[^0-9T]+", "-", explanation.taken[:19]) or "undated"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path = _free(folder, stamp)
        files.write_bytes(files.encode(explanation), path)
    except OSError as error:
        return Unavailable(
            reason=f"the explanation could not be kept in {folder} ({error.strerror})",
            remedy=f"name a writable folder in the environment variable {FOLDER_VARIABLE}, or write it with -o FILE",
        )
    return path


def _free(folder: Path, stamp: str) -> Path:
    """Return a path that is not taken yet: two explanations may end in one second."""
    names = (f"{stamp}{f'-{number}' if number else ''}.json" for number in range(10_000))
    return next(path for name in names if not (path := folder / name).exists())
