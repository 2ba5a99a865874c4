"""Where things are kept: profiles and journals in the user's data folder, compiled kernels in the cache folder.

`HWBENCH_DATA` names another data folder than the system's usual one. A user without a home (the bare number that a
container runs as) gets folders among the temporary files: `~` would otherwise become a folder of that name.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

import platformdirs

if TYPE_CHECKING:
    from collections.abc import Callable

APPLICATION: Final = "hwbench"
FOLDER_VARIABLE: Final = "HWBENCH_DATA"


def data_folder() -> Path:
    """Return the folder in which profiles and journals are kept."""
    override = os.environ.get(FOLDER_VARIABLE)
    return Path(override) if override else _at_home(platformdirs.user_data_path, "data")


def cache_folder() -> Path:
    """Return the folder in which compiled kernels are kept."""
    return _at_home(platformdirs.user_cache_path, "cache")


def _at_home(find: Callable[[str], Path], kind: str) -> Path:
    """Return what platformdirs finds; it raises, or leaves `~` in the path, where nobody knows the user's home."""
    try:
        path = find(APPLICATION)
    except (RuntimeError, KeyError):
        path = Path()
    return path if path.is_absolute() else Path(tempfile.gettempdir()) / f"{APPLICATION}-{os.getuid()}" / kind
