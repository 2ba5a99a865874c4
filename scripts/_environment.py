"""Makes or mends the project's .venv; started by _environment.sh when the stamp in it is not today's.

Arguments: the project's folder, the stamp, the extra to install (`test`, `report` or nothing). A lock that ends with its process
lets two first runs wait for each other. What pip says is in .venv/install.log. Needs only the standard library.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

# Zig spells the names of processors its own way. `python -m ziglang` would not do: pip's build hides .venv from Python.
ZIG_WRAPPER = """#!/bin/sh
# Zig's C compiler, for a machine that has none; its debug checks are off, its cache is here.
export ZIG_GLOBAL_CACHE_DIR="{folder}/zig-cache" ZIG_LOCAL_CACHE_DIR="{folder}/zig-cache"
for word do
    shift
    case $word in
        -march=x86-64) word=-march=x86_64 ;;
        -march=x86-64-v*) word=-march=x86_64_v${{word##*v}} ;;
        -march=armv8-a) word=-mcpu=generic ;;
    esac
    set -- "$@" "$word"
done
exec "{zig}" cc -fno-sanitize=undefined "$@"
"""


INCLUDED = {"test": ("report",)}  # extras that another brings along, as pyproject.toml says


def main(root: Path, stamp: str, extra: str) -> None:
    """Take the lock, and install unless another process has just done it."""
    try:
        lock = (root / ".venv.lock").open("w")
    except OSError as error:
        sys.exit(f"hwbench cannot make its .venv in {root} ({error.strerror}): use a copy that you may write to")
    with lock:
        _wait_for(lock)
        if not _is_current(root / ".venv", stamp, extra):
            install(root, stamp, extra)


def _wait_for(lock) -> None:  # type: ignore[no-untyped-def]
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        _say("another run is installing: waiting for it …")
        fcntl.flock(lock, fcntl.LOCK_EX)


def _is_current(folder: Path, stamp: str, extra: str) -> bool:
    try:
        return _stamp_file(folder, extra).read_text() == stamp
    except OSError:
        return False


def _stamp_file(folder: Path, extra: str) -> Path:
    return folder / (f"stamp-{extra}" if extra else "stamp")


def install(root: Path, stamp: str, extra: str) -> None:
    """Install the project, editable, into .venv; make that first unless a finished one is there."""
    folder = root / ".venv"
    is_mended = (folder / "stamp").exists() and shutil.which("python", path=str(folder / "bin")) is not None
    is_moved = is_mended and not (folder / "stamp").read_text().endswith(f" {root}")
    if is_mended and not is_moved:
        _say("the sources have changed: building anew …")
    else:
        _say(f"first use: making .venv with Python {sys.version.split()[0]} (a minute or two) …")
        shutil.rmtree(folder, ignore_errors=True)
        _make(folder)
    for old in folder.glob("stamp*"):
        old.unlink()
    log = folder / "install.log"
    log.write_text("")
    environment = os.environ | _compiler(folder, log)
    _pip(folder, log, environment, ["-e", f"{root}[{extra}]" if extra else str(root)])
    for name in {"", extra, *INCLUDED.get(extra, ())}:
        _stamp_file(folder, name).write_text(stamp)
    _say("ready")


def _make(folder: Path) -> None:
    try:
        venv.create(folder, with_pip=True, symlinks=True)
    except (OSError, subprocess.CalledProcessError) as error:
        shutil.rmtree(folder, ignore_errors=True)
        sys.exit(f"hwbench cannot make its .venv ({error}): apt-get install python3-venv, or free some disk space")


def _compiler(folder: Path, log: Path) -> dict[str, str]:
    """Return the variables that choose the C compiler: none where Python's own is there, else another, else Zig's."""
    usual = (os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc").split()[0]
    if shutil.which(usual):
        return {}
    for name in ("cc", "gcc", "clang"):
        if shutil.which(name):
            return {"CC": name}
    _say("no C compiler here: getting Zig's, as a wheel …")
    try:
        _pip(folder, log, dict(os.environ), ["ziglang"])
    except SystemExit:
        sys.exit("hwbench needs a C compiler, and Zig's could not be had either: apt-get install gcc libc6-dev")
    wrapper = folder / "bin" / "zig-cc"
    zig = next(folder.glob("lib/python*/site-packages/ziglang/zig"))
    wrapper.write_text(ZIG_WRAPPER.format(folder=folder, zig=zig))
    wrapper.chmod(0o755)
    path = f"{wrapper.parent}:{os.environ.get('PATH', os.defpath)}"
    return {"CC": "zig-cc", "LDSHARED": "zig-cc -shared", "PATH": path}


def _pip(folder: Path, log: Path, environment: dict[str, str], words: list[str]) -> None:
    pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
    with log.open("a") as told:
        done = subprocess.run(
            [*pip, *words], stdin=subprocess.DEVNULL, stdout=told, stderr=told, env=environment, check=False
        )
    if done.returncode:
        sys.exit(f"hwbench could not be installed: {_cause(log.read_text(errors='replace'))} (all of it: {log})")


def _cause(told: str) -> str:
    """Return the last line of pip's that names an error, rather than one that says that there was one."""
    wrong = [line.strip() for line in told.splitlines() if re.search(r"\berror\b", line, re.IGNORECASE)]
    summing_up = re.compile(r"note:|subprocess-exited|Failed building|Failed to build|Could not build|status 'error'|×")
    causes = [line for line in wrong if not summing_up.search(line)] or wrong or ["pip failed"]
    return causes[-1][:300]


def _say(line: str) -> None:
    print(f"hwbench: {line}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3])
