"""Profiles are kept whole, found again, and a file that is none is refused in one line."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import msgspec
import pytest
from profiles import TAKEN, host, profile, quantity

from hwbench.errors import UsageError
from hwbench.measure.results import Found
from hwbench.profile import journal, store
from hwbench.profile.messages import JOURNAL_SCHEMA, Measured, Opened, Settings, StepStarted
from hwbench.records import Conditions, MachineProfile, Quantity, Unavailable, files, schema


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(store.FOLDER_VARIABLE, str(tmp_path / "data"))
    return tmp_path / "data"


def taken(moment: str, **more: object) -> MachineProfile:
    made = profile({"l1d.latency": quantity("ns", 1.0)}, host(store.this_host()), **more)  # type: ignore[arg-type]
    return store.with_id(msgspec.structs.replace(made, taken=moment))


def keep(made: MachineProfile) -> Path:
    path = store.keep(made)
    assert isinstance(path, Path)
    return path


def test_a_profile_comes_back_as_it_was_kept(data_folder: Path) -> None:
    made = taken(TAKEN)
    path = keep(made)
    assert path == data_folder / "profiles" / store.this_host() / f"2026-01-02T03-04-05-{made.id}.json"
    assert (
        store.load_profile()
        == store.load_profile(made.id[:5])
        == store.load_profile(path)
        == store.load_profile(str(path))
        == made
    )
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_the_id_depends_on_host_time_and_content() -> None:
    ids = {
        taken(TAKEN).id,
        taken("2026-01-02T03:04:06+00:00").id,
        store.with_id(profile()).id,
        store.with_id(profile(facts=host("there"))).id,
    }
    assert len(ids) == 4
    assert taken(TAKEN).id == taken(TAKEN).id


def test_the_newest_whole_profile_is_preferred() -> None:
    old, new = taken("2026-01-01T00:00:00"), taken("2026-01-02T00:00:00")
    for made in (new, old, taken("2026-01-03T00:00:00", incomplete="interrupted")):
        keep(made)
    keep(taken("2026-01-04T00:00:00", conditions=Conditions(started=TAKEN, seconds=1.0, only=("tlb",))))
    assert store.load_profile() == new
    assert [entry.taken for entry in store.kept()][:2] == ["2026-01-04T00-00-00", "2026-01-03T00-00-00"]


def test_a_partial_profile_is_better_than_none() -> None:
    partial = taken(TAKEN, incomplete="interrupted")
    keep(partial)
    assert store.load_profile() == partial


def test_a_profile_of_another_host_is_found_under_its_name() -> None:
    there = store.with_id(profile(facts=host("far/away host")))
    keep(there)
    assert store.load_profile(host="far/away host") == there
    with pytest.raises(UsageError, match="measure one: hwbench characterize"):
        store.load_profile()


def test_an_id_that_no_profile_has_is_refused() -> None:
    with pytest.raises(UsageError, match="no kept profile has an id"):
        store.load_profile("abc")


WHOLE = store.encode(store.with_id(profile({"l1d.latency": quantity("ns", 1.0)})))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is damaged"),
        (b"\x00\x01\x02", "is damaged"),
        (WHOLE[: len(WHOLE) // 2], "is damaged"),
        (WHOLE.replace(b'"value": 1.0', b'"value": "one"'), r"is damaged: Expected `float \| null`.*quantities"),
        (WHOLE.replace(b'"host"', b'"guest"'), "is damaged: .*missing required field `host`"),
        (WHOLE.replace(b"hwbench.machine/1", b"hwbench.machine/2"), "made by a newer hwbench; upgrade"),
        (WHOLE.replace(b"hwbench.machine/1", b"hwbench.machine/0"), "no longer reads; measure again"),
        (WHOLE.replace(b"hwbench.machine/1", b"hwbench.explanation/1"), "is not a machine profile"),
        (b"[1, 2]", "is not a machine profile"),
        (b'{"benchmarks": []}', "is not a machine profile"),
    ],
)
def test_a_file_that_is_no_profile_is_refused_in_one_line(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "p.json"
    path.write_bytes(content)
    with pytest.raises(UsageError, match=message) as error:
        store.load_profile(path)
    assert "\n" not in str(error.value)
    assert str(path) in str(error.value)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        store.load_profile(tmp_path / "none.json")
    with pytest.raises(UsageError, match="cannot be read"):
        store.load_profile(tmp_path)


def test_a_folder_that_cannot_be_made_is_a_reason_with_a_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv(store.FOLDER_VARIABLE, str(tmp_path / "file"))
    refused = store.keep(taken(TAKEN))
    assert isinstance(refused, Unavailable)
    assert store.FOLDER_VARIABLE in refused.remedy
    assert store.kept() == []


def test_a_device_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    made = taken(TAKEN)
    store.write(made, Path("/dev/null"))
    assert not Path("/dev/null").is_file()
    link = tmp_path / "link.json"
    link.symlink_to(tmp_path / "target.json")
    store.write(made, link)
    assert link.is_symlink()
    assert store.read(tmp_path / "target.json") == made


def test_the_published_schema_is_current_and_a_profile_satisfies_it() -> None:
    published = schema.path(files.MACHINE).read_text(encoding="utf-8")
    assert published == schema.text(files.MACHINE), "run: python -m hwbench.records.schema"
    jsonschema.validate(json.loads(WHOLE), json.loads(published))
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**json.loads(WHOLE), "id": "xyz"}, json.loads(published))


def opened() -> Opened:
    return Opened(schema=JOURNAL_SCHEMA, hwbench="0", started=TAKEN, settings=Settings(memory_bytes=1), host=host())


def test_a_journal_gives_back_its_entries_up_to_a_torn_line(tmp_path: Path) -> None:
    path = tmp_path / "journals" / "one.jsonl"
    written = journal.Journal(path)
    step = StepStarted(sitting=0, probe="a")
    found = Measured(sitting=0, probe="a", found=Found("a.b", Quantity(unit="ns", value=1.0)))
    for entry in (opened(), step, found):
        written.add(entry)
    assert journal.read(path) == (opened(), [step, found])
    written.close()
    with path.open("ab") as torn:
        torn.write(b'{"event":"sta')
    assert journal.read(path) == (opened(), [step, found])
    journal.mend(path)
    again = journal.Journal(path)
    again.add(step)
    assert journal.read(path) == (opened(), [step, found, step])
    again.discard()
    assert not path.exists()


def test_a_journal_that_is_open_cannot_be_opened_again(tmp_path: Path) -> None:
    first = journal.Journal(tmp_path / "one.jsonl")
    with pytest.raises(UsageError, match="still writing"):
        journal.Journal(tmp_path / "one.jsonl")
    first.close()


@pytest.mark.parametrize("content", [b"", b"nonsense\n", b'{"event":"started","sitting":0,"probe":"a"}\n'])
def test_a_file_that_is_no_journal_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.jsonl"
    path.write_bytes(content)
    with pytest.raises(UsageError, match="no journal"):
        journal.read(path)


def test_only_the_newest_journals_are_kept(tmp_path: Path) -> None:
    for number in range(5):
        (tmp_path / f"{number}.jsonl").write_text("x")
    journal.prune(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["2.jsonl", "3.jsonl", "4.jsonl"]
