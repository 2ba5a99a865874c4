"""The process in which a function is called: `python -m hwbench.experiment.call SPEC [--n N] [--loops K] …`.

A function is measured like a program: in a process of its own, of which only the marked region counts. SPEC is
package.module:function, script.py:function or the name of a pickle. It is called once beforehand, so that what is compiled
or read on first use does not count (unless --cold), then --loops times within the region. Its answer is printed: what it
returned and what it printed on its first call, as one line. What it prints goes nowhere while it is timed.
A coroutine is awaited and a generator run to its end, within the region, since their work would else not be done.
Fooled by: a function that keeps its results (the calls after the first do nothing), or works more with each call.
Source: importlib and inspect of the standard library.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import importlib.util
import inspect
import io
import os
import pickle
import sys
import traceback
from pathlib import Path
from types import GeneratorType
from typing import TYPE_CHECKING, Any, Final, NoReturn

from hwbench.regions import region

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

RUN_NAME: Final = "__hwbench__"  # a script's name where it is run for one of its functions: not __main__
CALLED_VARIABLE: Final = "HWBENCH_CALLED"
LONGEST_MESSAGE: Final = 300


class _Refusal(Exception):  # noqa: N818 - named after what happened
    """What is wrong with the request or the function, in one line, and the exit status."""

    def __init__(self, text: str, status: int = 1) -> None:
        super().__init__(text)
        self.status = status


def main(words: Sequence[str] | None = None) -> int:
    """Call the function as the command line says; return the exit status."""
    arguments = _arguments(words)
    os.environ[CALLED_VARIABLE] = "1"
    sys.path[:0] = [folder for folder in arguments.folders.split(os.pathsep) if folder]
    try:
        function = _load(arguments.spec)
        takes = takes_size(function)
        if arguments.ask:
            sys.stdout.write({True: "size\n", False: "nothing\n", None: "either\n"}[takes])
            return 0
        answer = _measure(_bound(function, takes, arguments), arguments)
    except _Refusal as error:
        sys.stderr.write(f"{arguments.spec}: {' '.join(str(error).split())[:LONGEST_MESSAGE]}\n")
        return error.status
    sys.stdout.write(answer + "\n")
    sys.stdout.flush()
    return 0


def _arguments(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="hwbench.experiment.call", description="Call a function as a program.")
    parser.add_argument("spec")
    parser.add_argument("--n", type=_size)
    parser.add_argument("--loops", type=int, default=1)
    parser.add_argument("--folders", default=str(Path.cwd()))
    parser.add_argument("--cold", action="store_true")
    parser.add_argument("--ask", action="store_true")
    return parser.parse_args(words)


def _size(word: str) -> float:
    """Return a size: whole numbers are int, as a function's argument should be."""
    number = float(word)
    return int(number) if number.is_integer() else number


def takes_size(function: Callable[..., Any]) -> bool | None:
    """Whether a function must be called with one argument; None where it may be called with one or without."""
    try:
        signature = inspect.signature(function)
    except (ValueError, TypeError):
        return None
    fits = [_binds(signature, arguments) for arguments in ((), (1,))]
    if not any(fits):
        raise _Refusal(f"takes {signature}; it must take one argument, the size, or none", 2)
    return None if all(fits) else fits[1]


def _binds(signature: inspect.Signature, arguments: tuple[Any, ...]) -> bool:
    try:
        signature.bind(*arguments)
    except TypeError:
        return False
    return True


def _bound(function: Callable[..., Any], takes: bool | None, arguments: argparse.Namespace) -> Callable[[], Any]:
    """Return the call without arguments that is to be timed."""
    if arguments.n is None and takes:
        raise _Refusal("takes an argument: give --sizes", 2)
    if arguments.n is not None and takes is False:
        raise _Refusal("takes no argument: leave out --sizes", 2)
    size = arguments.n
    call: Callable[[], Any] = function if size is None else lambda: function(size)
    if inspect.iscoroutinefunction(function):
        import asyncio  # noqa: PLC0415 - few functions are coroutines

        return lambda: asyncio.run(call())
    return call


def _measure(call: Callable[[], Any], arguments: argparse.Namespace) -> str:
    """Run the calls, the timed ones within the region; return the answer."""
    printed = io.StringIO()
    times = arguments.loops
    with _guarded(arguments):
        if arguments.cold:
            with contextlib.redirect_stdout(printed), region():
                value = _finished(call())
            times -= 1
        else:
            with contextlib.redirect_stdout(printed):
                value = _finished(call())
        with Path(os.devnull).open("w", encoding="utf-8") as nowhere, contextlib.redirect_stdout(nowhere):
            if times > 0:
                value = _repeat(call, times)
        from hwbench.experiment.answers import answer_of  # noqa: PLC0415 - after the region: it is no part of the program

        said = printed.getvalue()
        return answer_of(value) if not said else f"{answer_of(value)} {answer_of(said)}"


def _repeat(call: Callable[[], Any], times: int) -> Any:
    value = None
    with region():
        for _ in range(times):
            value = _finished(call())
    return value


def _finished(value: Any) -> Any:
    return list(value) if isinstance(value, GeneratorType) else value


@contextlib.contextmanager
def _guarded(arguments: argparse.Namespace) -> Any:
    """Turn whatever a user's function raises into one line."""
    size = "" if arguments.n is None else arguments.n
    try:
        yield
    except (Exception, SystemExit) as error:
        raise _Refusal(f"called with ({size}) it raised {_told(error)}") from error


def _load(spec: str) -> Callable[..., Any]:
    """Return the function that a spec names."""
    try:
        function = _unpickled(spec) if ":" not in spec else _named(spec)
    except _Refusal:
        raise
    except (Exception, SystemExit) as error:
        raise _Refusal(f"could not be imported: {_told(error)}") from error
    if not callable(function):
        raise _Refusal(f"is not a function but of type {type(function).__name__}", 2)
    return function  # type: ignore[no-any-return]


def _unpickled(name: str) -> Any:
    if not Path(name).is_file():
        raise _Refusal("is not of the form package.module:function", 2)
    return pickle.loads(Path(name).read_bytes())  # noqa: S301 - written by our own parent process


def _named(spec: str) -> Any:
    place, _, name = spec.rpartition(":")
    if not place or not name:
        raise _Refusal("is not of the form package.module:function", 2)
    if place.endswith(".py"):
        sys.path.insert(0, str(Path(place).resolve().parent))
        module: Any = _script(place)
    else:
        module = importlib.import_module(place)
    for part in name.split("."):
        if not hasattr(module, part):
            raise _Refusal(f"there is no {part} in {place}")
        module = getattr(module, part)
    return module


def _script(path: str) -> Any:
    """Run a script as a module that is not __main__, and can be found by what its functions do later."""
    spec = importlib.util.spec_from_file_location(RUN_NAME, path)
    if spec is None or spec.loader is None:
        raise _Refusal(f"{path} is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[RUN_NAME] = module
    spec.loader.exec_module(module)
    return module


def _told(error: BaseException) -> str:
    """Return an error's type, text, and the line of the user's code where it arose."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if not frame.filename.startswith("<frozen")]
    ours = (__file__, str(Path(importlib.__file__).parent))
    inner = [frame for frame in frames if not frame.filename.startswith(ours) and Path(frame.filename).is_file()]
    place = f" ({Path(inner[-1].filename).name}, line {inner[-1].lineno})" if inner else ""
    return f"{type(error).__name__}: {error}{place}" if str(error) else f"{type(error).__name__}{place}"


def _end(status: int) -> NoReturn:
    sys.exit(status)


if __name__ == "__main__":
    _end(main())
