"""What the user asks to be compared, in the words of the command line, and its reading into subjects.

A word is a pyperf file (it ends in .json), a Python function (`package.module:function`), or a command line, which is split as
a shell splits words but never given to a shell. `{n}` in a command is replaced by the size.
"""

from __future__ import annotations

import math
import shlex
from dataclasses import dataclass, field
from typing import Final

import msgspec

from hwbench.errors import UsageError
from hwbench.experiment.callables import callable_command, is_callable_spec, spell_size
from hwbench.measure.processes import resolve
from hwbench.records import Command

SIZE_SIGN: Final = "{n}"
DEFAULT_TIMEOUT: Final = 60.0
DEFAULT_BUDGET: Final = 60.0
SOURCES: Final = ("perf_event", "plugin", "cachegrind", "samples", "os", "strace", "allocator", "perturbation")
SUFFIXES: Final = {"k": 1e3, "m": 1e6, "g": 1e9}


@dataclass(frozen=True)
class Request:
    """What to compare and how.

    `a`, `b`: see the module; `sizes` rise; `timeout` in seconds a run; `runs` 0: as many as the budget allows; `seconds` is
    the budget of the whole; `sources` empty: all that work here; `work`: elementary operations that both claim a unit of n.
    """

    a: str
    b: str
    sizes: tuple[float, ...] = ()
    setup: str = ""
    cwd: str | None = None
    env: dict[str, str] = field(default_factory=dict)
    timeout: float = DEFAULT_TIMEOUT
    runs: int = 0
    same_output: bool = True
    sources: tuple[str, ...] = ()
    profile: str | None = None
    profile_anyway: bool = False
    toggles: bool = True
    seconds: float = DEFAULT_BUDGET
    benchmark: str = ""
    cpu: int | None = None
    output_folder: str | None = None
    work: float | None = None


@dataclass(frozen=True)
class Subject:
    """A program to run at a size: the words of its command, with {n} in them, or the name of a function.

    `loops`: how often a function is called in its region, by size, so that the region lasts long enough.
    """

    name: str
    words: tuple[str, ...] = ()
    function: str = ""
    cwd: str | None = None
    env: dict[str, str] = field(default_factory=dict)
    timeout: float = DEFAULT_TIMEOUT
    loops: dict[float | None, int] = field(default_factory=dict)

    @property
    def takes_size(self) -> bool:
        """Whether a size can be given to it."""
        return bool(self.function) or any(SIZE_SIGN in word for word in self.words)

    def command(self, n: float | None) -> Command:
        """Return the command that does the work once at size n."""
        if self.function:
            made = callable_command(self.function, n, loops=self.loops.get(n, 1))
        else:
            size = "" if n is None else spell_size(n)
            made = Command(argv=tuple(word.replace(SIZE_SIGN, size) if size else word for word in self.words))
        changed = msgspec.structs.replace(made, cwd=self.cwd, env={**made.env, **self.env}, timeout=self.timeout)
        return resolve(changed)


def parse_sizes(text: str) -> tuple[float, ...]:
    """Read sizes such as 1e4,1e5,1e6 or 10K,1M (decimal) into rising numbers; UsageError for anything else."""
    sizes = []
    for word in filter(None, (part.strip() for part in text.split(","))):
        factor = SUFFIXES.get(word[-1].lower(), 1.0)
        try:
            size = float(word[:-1] if factor > 1 else word) * factor
        except ValueError:
            raise UsageError(f"{word!r} is not a size: write --sizes 1e4,1e5,1e6") from None
        if not math.isfinite(size) or size <= 0:
            raise UsageError(f"the size {word} is not above zero")
        sizes.append(size)
    if not sizes:
        raise UsageError("--sizes names no size: write --sizes 1e4,1e5,1e6")
    if len(set(sizes)) < len(sizes):
        raise UsageError("--sizes names a size twice")
    return tuple(sorted(sizes))


def is_file(word: str) -> bool:
    """Whether a word names a pyperf file."""
    return word.endswith(".json") and " " not in word.strip()


def subjects(request: Request) -> tuple[Subject, Subject]:
    """Return the two subjects of a request; UsageError where they cannot be run as asked."""
    if is_file(request.a) != is_file(request.b):
        raise UsageError("one side is a pyperf file and the other is not: compare like with like")
    pair = (_subject(request.a, request), _subject(request.b, request))
    without = [subject.name for subject in pair if request.sizes and not subject.takes_size]
    if without:
        raise UsageError(f"--sizes is given, but there is no {SIZE_SIGN} in: {without[0]}")
    needing = [subject.name for subject in pair if not request.sizes and any(SIZE_SIGN in w for w in subject.words)]
    if needing:
        raise UsageError(f"{needing[0]} has {SIZE_SIGN} in it: give --sizes 1e4,1e5,1e6")
    return pair


def _subject(text: str, request: Request) -> Subject:
    common = {"cwd": request.cwd, "env": dict(request.env), "timeout": request.timeout}
    if is_callable_spec(text):
        return Subject(text, function=text, **common)  # type: ignore[arg-type]
    try:
        words = tuple(shlex.split(text))
    except ValueError as error:
        raise UsageError(f"the command {text!r} cannot be read ({error})") from None
    if not words:
        raise UsageError("a command is empty: give --a 'PROGRAM {n}' --b 'PROGRAM {n}'")
    return Subject(text, words=words, **common)  # type: ignore[arg-type]
