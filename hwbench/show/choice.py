"""What of a profile is shown: some quantities, a curve, or the list of kept profiles."""

from __future__ import annotations

import difflib
import fnmatch
from typing import TYPE_CHECKING

import msgspec

from hwbench import __version__
from hwbench.errors import UsageError
from hwbench.host.folders import data_folder
from hwbench.profile import store
from hwbench.show import curve, machine
from hwbench.show import points as points_as_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hwbench.profile.store import Kept
    from hwbench.records import MachineProfile
    from hwbench.show.machine import Page

FEW = 3
PROFILES_SCHEMA = "hwbench.profiles/1"


def matching(patterns: Sequence[str], names: Sequence[str]) -> list[str]:
    """Return the names that patterns mean: a name, its first part, a shell pattern.

    UsageError, with the nearest names, if one means none.
    """
    chosen: dict[str, None] = {}
    for pattern in patterns:
        found = [name for name in names if name.partition(".")[0] == pattern or fnmatch.fnmatchcase(name, pattern)]
        if not found:
            raise UsageError(_unknown(pattern, names))
        chosen.update(dict.fromkeys(found))
    return list(chosen)


def _unknown(pattern: str, names: Sequence[str]) -> str:
    stems = {name.partition(".")[0] for name in names}
    near = difflib.get_close_matches(pattern, sorted({*names, *stems}), n=3)
    hint = f"did you mean {', '.join(near)}?" if near else f"it has {', '.join(sorted(stems)) or 'none'}"
    return f"the profile has no quantity {pattern!r}; {hint}"


def newest(host: str, patterns: Sequence[str], curve_name: str | None = None) -> MachineProfile:
    """Return the newest profile of a host that has what the patterns mean and the curve; without either, the newest whole one.

    Where none has them, the newest whole one too: what is then said names what it does have.
    """
    for entry in store.kept(host)[:50] if patterns or curve_name else ():
        profile = store.readable(entry.path)
        if profile is not None and _has(profile, patterns, curve_name):
            return profile
    return store.load_profile(host=host)


def _has(profile: MachineProfile, patterns: Sequence[str], curve_name: str | None) -> bool:
    curves = curve.CURVES if curve_name == "latency" else [curve_name]
    try:
        matching(patterns, list(profile.quantities))
    except UsageError:
        return False
    return curve_name is None or any(name in profile.curves for name in curves)


def narrowed(profile: MachineProfile, patterns: Sequence[str]) -> MachineProfile:
    """Return the profile with the asked quantities only."""
    names = matching(patterns, list(profile.quantities))
    return msgspec.structs.replace(profile, quantities={name: profile[name] for name in names}, curves={}, findings=())


def quantities(profile: MachineProfile, page: Page) -> str:
    """Return some quantities as text: a few with all that is known of them, many as a table."""
    if len(profile.quantities) > FEW:
        parts = [machine.table(profile.quantities, page), machine.unavailable(profile.quantities, page)]
        return "\n\n".join([profile.title, *(part for part in parts if part)]) + "\n"
    lines = []
    for name, quantity in profile.quantities.items():
        lines.append(f"{name}: {quantity}")
        lines += [f"  method: {quantity.method}"] if quantity.method else []
        lines += [f"  samples: {len(quantity.samples)}"] if quantity.samples else []
    return "\n".join([*lines, f"from {profile.title}"]) + "\n"


def drawn(profile: MachineProfile, name: str, page: Page) -> str:
    """Return a curve as a drawing where one is known for it, else as a table; UsageError if it is not there."""
    if name == "latency":
        drawing = curve.latency(profile, page.width, unicode=page.unicode)
        if drawing:
            return drawing + "\n"
    points = profile.curves.get(name)
    if points is None:
        known = ", ".join(dict.fromkeys(["latency", *profile.curves])) if profile.curves else "none"
        raise UsageError(f"the profile has no curve {name!r}; it has {known}")
    return points_as_text.table(name, points, unicode=page.unicode) + "\n"


def listing(entries: Sequence[Kept]) -> str:
    """Return the kept profiles as a table, newest first."""
    from tabulate import tabulate

    if not entries:
        return f"no profile is kept in {data_folder()} yet; measure one: hwbench characterize\n"
    rows = [(entry.taken.replace("T", " "), entry.host, entry.id, _state(entry), str(entry.path)) for entry in entries]
    headers = ("taken", "host", "id", "what", "file")
    return f"{tabulate(rows, headers, tablefmt='simple', disable_numparse=True)}\n"


def listing_json(entries: Sequence[Kept]) -> bytes:
    """Return the kept profiles as the object that `--list --json` writes."""
    rows = [
        {"taken": entry.taken, "host": entry.host, "id": entry.id, "what": _state(entry), "file": str(entry.path)}
        for entry in entries
    ]
    made = {"schema": PROFILES_SCHEMA, "hwbench": __version__, "profiles": rows}
    return msgspec.json.format(msgspec.json.encode(made), indent=1) + b"\n"


def _state(entry: Kept) -> str:
    try:
        profile = store.read(entry.path)
    except UsageError:
        return "damaged"
    parts = [f"{len(profile.quantities)} quantities", profile.conditions.effort]
    parts += [f"only {','.join(profile.conditions.only)}"] if profile.conditions.only else []
    parts += ["incomplete"] if profile.incomplete else []
    return ", ".join(parts)


def foreign(profile: MachineProfile, here: str) -> str:
    """Return a line that warns of a profile from another host; nothing for one from here."""
    if profile.host.name == here:
        return ""
    return f"hwbench: this profile is of another machine, {profile.host.name}: its prices are not those of {here}\n"
