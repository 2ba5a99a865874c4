"""Profiles on disk: kept in the user's data folder by host and date, written whole or not at all, and read with care.

`HWBENCH_DATA` names another folder than the system's usual one.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
from pathlib import Path
from typing import NamedTuple

import msgspec

from hwbench.errors import UsageError
from hwbench.host.folders import FOLDER_VARIABLE, data_folder
from hwbench.records import MachineProfile, Unavailable, files


class Kept(NamedTuple):
    """A kept profile: where it is and, from its name, whose, when and which."""

    path: Path
    host: str
    taken: str
    id: str


def host_folder(kind: str, host: str) -> Path:
    """Return the folder of one host's profiles or journals."""
    return data_folder() / kind / (re.sub(r"[^A-Za-z0-9._-]", "_", host) or "unknown")


def encode(profile: MachineProfile) -> bytes:
    """Return a profile as indented JSON."""
    return files.encode(profile)


def with_id(profile: MachineProfile) -> MachineProfile:
    """Return the profile with its id: twelve hex digits of its host, time and content."""
    content = msgspec.json.encode(msgspec.structs.replace(profile, id="0" * 12))
    return msgspec.structs.replace(profile, id=hashlib.sha256(content).hexdigest()[:12])


def write(profile: MachineProfile, path: Path) -> None:
    """Write a profile to a file, whole or not at all; OSError if that cannot be."""
    files.write_bytes(encode(profile), path)


def keep(profile: MachineProfile) -> Path | Unavailable:
    """Keep a profile in the data folder and return its path, or why it could not be kept."""
    folder = host_folder("profiles", profile.host.name)
    path = folder / f"{_stamp(profile)}-{profile.id}.json"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write(profile, path)
    except OSError as error:
        return Unavailable(
            reason=f"the profile could not be kept in {folder} ({error.strerror})",
            remedy=f"name a writable folder in the environment variable {FOLDER_VARIABLE}, or write it with -o FILE",
        )
    return path


def forget_partial(profile: MachineProfile) -> None:
    """Delete what was kept of the same run when it was interrupted; OSErrors are let be."""
    for entry in kept(profile.host.name):
        partial = readable(entry.path) if entry.id != profile.id and entry.taken == _stamp(profile) else None
        if partial is not None and partial.incomplete and partial.taken == profile.taken:
            with contextlib.suppress(OSError):
                entry.path.unlink()


def _stamp(profile: MachineProfile) -> str:
    return re.sub(r"[^0-9T]+", "-", profile.taken[:19])


def kept(host: str | None = None) -> list[Kept]:
    """Return the kept profiles, newest first: those of one host, or of all."""
    root = data_folder() / "profiles"
    folders = [host_folder("profiles", host)] if host is not None else sorted(root.glob("*"))
    found = [
        Kept(path, folder.name, path.stem.rpartition("-")[0], path.stem.rpartition("-")[2])
        for folder in folders
        for path in folder.glob("[0-9]*-*.json")
    ]
    return sorted(found, key=lambda entry: (entry.taken, entry.path.stat().st_mtime_ns), reverse=True)


def read(path: Path) -> MachineProfile:
    """Read a profile from a file; UsageError, one line, if it is not there, damaged, of another version or not ours."""
    return files.read(path, files.MACHINE)


def load_profile(path_or_name: str | Path | None = None, host: str | None = None) -> MachineProfile:
    """Return a profile: from a file, by its id (or the beginning of it), or the newest of a host (default: this one).

    The newest whole profile is preferred to newer ones that were interrupted or taken with `only`. UsageError if there
    is none.
    """
    if path_or_name is None:
        return _newest(host)
    name = str(path_or_name)
    if isinstance(path_or_name, Path) or name.endswith(".json") or os.sep in name:
        return read(Path(path_or_name))
    matches = [entry for entry in kept(host) if entry.id.startswith(name)]
    if len(matches) != 1:
        what = "no kept profile has" if not matches else f"{len(matches)} kept profiles have"
        raise UsageError(f"{what} an id that begins with {name!r}; see: hwbench show --list")
    return read(matches[0].path)


def _newest(host: str | None) -> MachineProfile:
    wanted = host if host is not None else this_host()
    entries = kept(wanted)
    if not entries:
        raise UsageError(f"there is no profile of {wanted} yet in {data_folder()}; measure one: hwbench characterize")
    newest = read(entries[0].path)
    if is_whole(newest):
        return newest
    older = (profile for entry in entries[1:] if (profile := readable(entry.path)) is not None)
    return next((profile for profile in older if is_whole(profile)), newest)


def readable(path: Path) -> MachineProfile | None:
    """Return a profile, or None where the file is not one."""
    try:
        return read(path)
    except UsageError:
        return None


def is_whole(profile: MachineProfile) -> bool:
    """Whether the run was neither interrupted nor restricted to some quantities."""
    return profile.incomplete is None and not profile.conditions.only


def this_host() -> str:
    """Return the name under which this host's profiles are kept."""
    import platform  # noqa: PLC0415 - 5 ms that reading a file does not need

    return platform.node() or "unknown"
