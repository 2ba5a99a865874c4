"""From a kernel and its inputs to a callable of the number of repeats, in C or in numba."""

from __future__ import annotations

import functools
import hashlib
import os
import tempfile
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hwbench import native
from hwbench.records import Unavailable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hwbench.catalog import Kernel
    from hwbench.native import Argument, Run


def c_twin(kernel: Kernel, arguments: Sequence[Argument], variant: str | None = None) -> Run | Unavailable:
    """Return the C kernel bound to its arguments, compiled for `variant` (default: the widest vectors of this CPU)."""
    loaded = native.load(variant) if variant else native.best()
    return loaded.bind(kernel.c_function, arguments) if isinstance(loaded, native.Variant) else loaded


def numba_twin(kernel: Kernel, arguments: Sequence[Argument]) -> Run | Unavailable:
    """Return the numba kernel bound to its arguments (it is compiled at its first call, or read from the user's cache)."""
    if kernel.only_c:
        return Unavailable(reason=f"no numba twin: {kernel.only_c}")
    return functools.partial(getattr(numba_module(kernel.stem), kernel.function), *arguments)


def numba_module(stem: str) -> Any:
    """Import a stem's numba twins, with their compiled code kept in the user's cache folder and not in site-packages."""
    os.environ.setdefault("NUMBA_CACHE_DIR", str(_cache_folder()))
    return import_module(f"hwbench.kernels.{stem}")


def _kernels_digest() -> str:
    """Return a digest of all twins' sources: numba notices a changed kernel, but not a changed helper that it inlines."""
    folder = Path(find_spec("hwbench.kernels").submodule_search_locations[0])  # type: ignore[union-attr,index]
    digest = hashlib.blake2b(digest_size=6)
    for path in sorted(folder.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _cache_folder() -> Path:
    from hwbench.host.folders import cache_folder  # noqa: PLC0415 - only where numba is wanted

    wanted = cache_folder() / "numba" / _kernels_digest()
    try:
        wanted.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=wanted):
            return wanted
    except OSError:
        return Path(tempfile.mkdtemp(prefix="hwbench-numba-"))
