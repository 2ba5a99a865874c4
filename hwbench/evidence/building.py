"""Small C parts built on demand by this host's compiler, kept in the cache folder.

What is built is named by a hash of its sources, flags, compiler and machine, so that an upgrade of any of them builds
anew and an old one is never taken for it. It is compiled beside its place and renamed into it: two builders at once do
no harm, and a build that is interrupted leaves nothing that could be loaded.
Fooled by: a header that is included but not named among the sources (name it: headers are hashed, not compiled).
"""

from __future__ import annotations

import functools
import hashlib
import os
import platform
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from hwbench.evidence.tools import install
from hwbench.host.folders import cache_folder
from hwbench.records import Unavailable

COMPILERS: Final = ("cc", "gcc", "clang")
SECONDS: Final = 120  # a build that takes longer hangs
USUAL_FLAGS: Final = ("-O2", "-std=c11", "-fPIC", "-shared")
TUNED_FLAGS: Final = ("-march=native", "-mcpu=native")


def build(
    name: str, sources: Sequence[Path], flags: Sequence[str] = (), *, libraries: Sequence[str] = ()
) -> Path | Unavailable:
    """Return the shared object made of the `.c` files among the sources, built now or earlier; or in one line why not.

    `flags` come after `-O2 -std=c11 -fPIC -shared`, `libraries` (-lm, -pthread) after the sources. Headers among the
    sources are only hashed.
    """
    compiler = find_compiler()
    if isinstance(compiler, Unavailable):
        return compiler
    words = [*USUAL_FLAGS, *flags]
    try:
        key = _key([*compiler, *words, *libraries], _version(tuple(compiler)), sources)
        folder = cache_folder() / "built"
        made = folder / f"{name}-{key}.so"
        if made.is_file():
            return made
        folder.mkdir(parents=True, exist_ok=True)
        inputs = [str(source) for source in sources if source.suffix == ".c"]
        with tempfile.TemporaryDirectory(prefix=f"{name}-", dir=folder) as work:
            result = Path(work) / made.name
            failure = _compile([*compiler, *words, *inputs, "-o", str(result), *libraries])
            if failure:
                return Unavailable(reason=f"{name} could not be built ({failure})")
            result.replace(made)
    except OSError as error:
        return Unavailable(
            reason=f"{name} could not be built ({error})", remedy="make the cache folder writable (XDG_CACHE_HOME)"
        )
    return made


def find_compiler() -> list[str] | Unavailable:
    """Return the words that start the C compiler: what CC says, else the first of cc, gcc, clang and Zig's that is there."""
    named = shlex.split(os.environ.get("CC", ""))
    if named and shutil.which(named[0]):
        return named
    found = next((path for name in (*COMPILERS, _own()) if (path := shutil.which(name))), None)
    if found:
        return [found]
    return Unavailable(reason=f"there is no C compiler ({', '.join(COMPILERS)})", remedy=install("gcc"))


def _own() -> str:
    """Return where the compiler of the `ziglang` wheel stands, should scripts/hwbench have fetched it for want of another."""
    return str(Path(sys.prefix) / "bin" / "zig-cc")


@functools.cache
def _version(compiler: tuple[str, ...]) -> str:
    try:
        done = subprocess.run([*compiler, "--version"], capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout


def _key(words: Sequence[str], version: str, sources: Sequence[Path]) -> str:
    digest = hashlib.blake2b(digest_size=8)
    machine = platform.machine() + (platform.node() if set(TUNED_FLAGS) & set(words) else "")
    for part in (machine, version, *words, *(source.name for source in sources)):
        digest.update(part.encode() + b"\0")
    for source in sources:
        digest.update(source.read_bytes() + b"\0")
    return digest.hexdigest()


def _compile(words: Sequence[str]) -> str:
    """Compile; return the first line that says what is wrong, or nothing."""
    try:
        done = subprocess.run(
            words,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=SECONDS,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except subprocess.TimeoutExpired:
        return f"{words[0]} did not end within {SECONDS} s"
    if done.returncode == 0:
        return ""
    lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
    said = next((line for line in lines if "error" in line), lines[-1] if lines else "it said nothing")
    return f"{Path(words[0]).name} failed: {said[:200]}"
