"""What a toggle is made of: a switch, the change it makes to how a command is run, and the two settings of that change.

A switch takes one cause away from a program, or adds to it, without touching its code. Some switches need another usual
side as well (an allocator that can be moved to huge pages at all): the change carries both, so that the two differ in one
thing. What no environment can carry (a neighbour, a flag that children inherit) is held around each toggled run.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Literal

import msgspec

from hwbench.records import Command, Run, Unavailable

Effect = Literal["removes", "adds"]
Quantity = Literal["wall", "cpu", "user"]


@dataclass(frozen=True)
class Setting:
    """One way to run a program: the command, words ahead of it, and the CPUs it may use (None: all)."""

    command: Command
    prefix: tuple[str, ...] = ()
    cpus: tuple[int, ...] | None = None


Take = Callable[[Setting], Run]


def nothing_to_check(_usual: Callable[[], Run], _toggled: Callable[[], Run]) -> Unavailable | None:
    """Accept a change whose effect cannot fail silently."""
    return None


@dataclass(frozen=True)
class Change:
    """A command as usual and as toggled; `around` is entered for each toggled run.

    `check` gets a usual and a toggled run to take, and says why the change did not take hold (None: it did).
    """

    usual: Setting
    toggled: Setting
    around: Callable[[], AbstractContextManager[object]] = nullcontext
    check: Callable[[Callable[[], Run], Callable[[], Run]], Unavailable | None] = nothing_to_check


@dataclass(frozen=True)
class Switch:
    """A measured counterfactual of one cause: what it is called, what it does, why that shows the cause, and how.

    `apply` takes a command whose program is a full path; its context holds what the change needs (folders, processes).
    `quantities` are the times that tell: `wall`, `cpu` (user + system, of all threads) or `user` (without page faults).
    """

    name: str
    cause: str
    effect: Effect
    why: str
    apply: Callable[[Command], AbstractContextManager[Change | Unavailable]]
    quantities: tuple[Quantity, ...] = ("wall",)


def with_environment(command: Command, more: Mapping[str, str]) -> Command:
    """Return the command with variables added to its own."""
    return msgspec.structs.replace(command, env={**command.env, **more})


def variable(command: Command, name: str) -> str:
    """Return a variable as the command will see it; empty where there is none."""
    return command.env.get(name, os.environ.get(name, ""))


def joined(command: Command, name: str, separator: str, value: str) -> str:
    """Return a variable's value with one more added at its end: what the user has set stays."""
    return separator.join(part for part in (variable(command, name), value) if part)


def in_full(command: Command, cpus: Sequence[int] | None = None) -> Setting:
    """Return the setting that changes nothing but the CPUs."""
    return Setting(command, cpus=tuple(cpus) if cpus else None)
