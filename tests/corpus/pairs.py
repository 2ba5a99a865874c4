"""The corpus of known causes: pairs of programs that differ in one thing, the table of them, and how to build them.

`python tests/corpus/pairs.py --build DIR` compiles all into DIR and prints the pairs as JSON, with ready commands in which
`{n}` stands for the size. It needs the standard library and a C compiler only.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from recipes import REGION_HEADER, Pair, Program, command_of, missing, run_once
from rows import PAIRS

__all__ = ["CAUSES", "PAIRS", "Pair", "Program", "build", "describe", "missing", "pair"]

CAUSES = (
    "algorithm",
    "instructions",
    "vectorization",
    "dispatch",
    "branch",
    "cache",
    "bandwidth",
    "tlb",
    "execution",
    "allocation",
    "system",
    "contention",
)


def pair(name: str) -> Pair:
    """Return the pair of that name."""
    return next(each for each in PAIRS if each.name == name)


def build(
    folder: str | Path,
    compiler: str = "cc",
    names: tuple[str, ...] | None = None,
    *,
    region: Path | None = None,
    warm: bool = True,
) -> dict[str, list[str]]:
    """Build the named pairs (default: all that this machine can run) and return `NAME.a`, `NAME.b`, … → argument list.

    With `region`, a header that defines the two marks, the C programs mark their work. With `warm`, numba's machine code
    is made and kept now rather than in the first run.
    """
    folder = Path(folder).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    commands = {}
    for each in PAIRS:
        if (names is not None and each.name not in names) or missing(each):
            continue
        for side, program in each.programs().items():
            argv = command_of(program, folder, compiler, region)
            commands[f"{each.name}.{side}"] = argv
            if warm and each.language == "numba":
                run_once(argv)
    return commands


def describe(each: Pair, commands: dict[str, list[str]]) -> dict[str, object]:
    """Return a pair as plain data, its programs as ready commands; `missing` says what this machine lacks for it."""
    row = asdict(each) | {"language": each.language, "missing": missing(each)}
    for side in ("a", "b", "first", "second"):
        row[side] = commands.get(f"{each.name}.{side}")
    return row


def main() -> int:
    """Build, and print the table as JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", metavar="DIR", required=True, help="where the programs go")
    parser.add_argument("--compiler", default="cc")
    parser.add_argument("--only", nargs="*", metavar="NAME", help="these pairs only")
    parser.add_argument("--marked", action="store_true", help=f"mark the work, by {REGION_HEADER.name}")
    options = parser.parse_args()
    chosen = tuple(options.only) if options.only else None
    commands = build(options.build, options.compiler, chosen, region=REGION_HEADER if options.marked else None)
    table = [describe(each, commands) for each in PAIRS if chosen is None or each.name in chosen]
    sys.stdout.write(json.dumps(table, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
