"""Records in files: written as indented JSON, whole or not at all, and read with care.

A file may be damaged, of another version, or no file of ours: each is one line that says which, and what to do.
"""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Generic, TypeVar

import msgspec

from hwbench.errors import UsageError
from hwbench.records.comparison import MACHINES_SCHEMA, MachineComparison
from hwbench.records.explanation import EXPLANATION_SCHEMA, Explanation
from hwbench.records.lesson import EXERCISE_SCHEMA, LESSON_SCHEMA, LESSONS_SCHEMA, ExerciseRun, LessonRun, Lessons
from hwbench.records.machine import MACHINE_SCHEMA, MachineProfile, Record
from hwbench.records.pythons import PYTHONS_SCHEMA, Pythons
from hwbench.records.report import REPORT_SCHEMA, Report
from hwbench.records.study import STUDY_SCHEMA, Study

Kept = TypeVar("Kept", bound=Record)


@dataclass(frozen=True)
class Kind(Generic[Kept]):
    """A kind of file: its record and schema, what a person calls it, and how to make it anew."""

    record: type[Kept]
    schema: str
    article: str
    name: str
    again: str


MACHINE: Final = Kind(MachineProfile, MACHINE_SCHEMA, "a", "machine profile", "measure again: hwbench characterize")
MACHINES: Final = Kind(
    MachineComparison, MACHINES_SCHEMA, "a", "comparison of machines", "compare again: hwbench compare"
)
EXPLANATION: Final = Kind(Explanation, EXPLANATION_SCHEMA, "an", "explanation", "explain again: hwbench explain")
PYTHONS: Final = Kind(Pythons, PYTHONS_SCHEMA, "a", "comparison of Pythons", "measure again: hwbench engines pythons")
LESSONS: Final = Kind(Lessons, LESSONS_SCHEMA, "a", "list of lessons", "list them again: hwbench learn")
LESSON: Final = Kind(LessonRun, LESSON_SCHEMA, "a", "lesson that was run", "run it again: hwbench learn NAME")
EXERCISE: Final = Kind(
    ExerciseRun, EXERCISE_SCHEMA, "a", "judged exercise", "judge it again: hwbench learn NAME --check DIR"
)
STUDY: Final = Kind(Study, STUDY_SCHEMA, "a", "study", "measure again: hwbench engines run")
REPORT: Final = Kind(Report, REPORT_SCHEMA, "an", "account of a report", "make it again: hwbench report")
KINDS: Final[tuple[Kind[Any], ...]] = (MACHINE, MACHINES, EXPLANATION, STUDY, PYTHONS, LESSON, LESSONS, EXERCISE)


class _Envelope(msgspec.Struct):
    schema: str = ""


def encode(record: Record) -> bytes:
    """Return a record as indented JSON."""
    return msgspec.json.format(msgspec.json.encode(record), indent=1) + b"\n"


def read(path: Path, kind: Kind[Kept]) -> Kept:
    """Read a record from a file; UsageError, one line, if it is not there, damaged, of another version or not ours."""
    return decode(_bytes_of(path), str(path), kind)


def read_any(path: Path) -> Record:
    """Read a record of any kind from a file; UsageError, one line, if it is not there, damaged, of another version or not ours."""
    return decode_any(_bytes_of(path), str(path))


def decode_any(data: bytes, name: str) -> Record:
    """Read a record of any kind from JSON, by its schema; `name` is what errors call it."""
    family = _schema_of(data, name).rpartition("/")[0]
    kind = next((kind for kind in KINDS if kind.schema.rpartition("/")[0] == family), None)
    if kind is None:
        known = ", ".join(kind.schema.rpartition("/")[0] for kind in KINDS)
        said = f"its schema is {family!r}" if family else "it has no schema"
        raise UsageError(f"{name} is no record of hwbench's: {said}; there are {known}")
    record: Record = decode(data, name, kind)
    return record


def _bytes_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error


def _schema_of(data: bytes, name: str) -> str:
    try:
        return msgspec.json.decode(data, type=_Envelope).schema
    except msgspec.ValidationError as error:
        raise UsageError(f"{name} is no record of hwbench's: {error}") from error
    except msgspec.DecodeError as error:
        raise UsageError(f"{name} is damaged, or no JSON at all: {error}") from error


def decode(data: bytes, name: str, kind: Kind[Kept]) -> Kept:
    """Read a record from JSON; `name` is what errors call it."""
    _check_schema(data, name, kind)
    try:
        return msgspec.json.decode(data, type=kind.record)
    except msgspec.DecodeError as error:
        raise UsageError(f"{name} is damaged: {error}") from error


def _check_schema(data: bytes, name: str, kind: Kind[Kept]) -> None:
    try:
        schema = msgspec.json.decode(data, type=_Envelope).schema
    except msgspec.ValidationError as error:
        raise UsageError(f"{name} is not {kind.article} {kind.name}: {error}") from error
    except msgspec.DecodeError as error:
        raise UsageError(f"{name} is damaged, or no {kind.name} at all: {error}") from error
    if schema == kind.schema:
        return
    family, _, version = schema.rpartition("/")
    our_family, _, our_version = kind.schema.rpartition("/")
    if family != our_family:
        raise UsageError(f"{name} is not {kind.article} {kind.name}: its schema is {schema!r}, not {kind.schema!r}")
    if version.isdigit() and int(version) > int(our_version):
        raise UsageError(f"{name} has schema {schema!r}: it was made by a newer hwbench; upgrade this one to read it")
    raise UsageError(f"{name} has schema {schema!r}, which this hwbench no longer reads; {kind.again}")


def write_bytes(data: bytes, path: Path) -> None:
    """Write a file, whole or not at all; OSError if that cannot be.

    A device, a pipe or a file in a folder where nothing can be made is written to as it is.
    """
    path = path.resolve()
    if path.exists() and (not path.is_file() or not os.access(path.parent, os.W_OK)):
        path.write_bytes(data)
        return
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}-", delete=False) as file:
        try:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
            Path(file.name).replace(path)
            path.chmod(0o644)
        except BaseException:
            Path(file.name).unlink(missing_ok=True)
            raise
