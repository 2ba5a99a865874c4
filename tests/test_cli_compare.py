"""`hwbench compare`: files, kept profiles and the newest; what is printed and written; one line for every mistake."""

from __future__ import annotations

import json
from pathlib import Path

import explanations
import jsonschema
import msgspec
import pytest
from profiles import host, profile, quantity

from hwbench import cli
from hwbench.profile import store
from hwbench.records import MachineProfile, files, schema


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(store.FOLDER_VARIABLE, str(tmp_path / "data"))


def made(name: str, latency: float) -> MachineProfile:
    quantities = {
        "dram.latency": quantity("ns", latency, latency * 0.9, latency * 1.1),
        "l1d.latency": quantity("ns", 1.0, 0.9, 1.1),
    }
    return store.with_id(profile(quantities, host(name)))


@pytest.fixture
def pair(tmp_path: Path) -> tuple[str, str]:
    paths = tmp_path / "a.json", tmp_path / "b.json"
    for path, latency in zip(paths, (100.0, 200.0), strict=True):
        store.write(made(path.stem, latency), path)
    return str(paths[0]), str(paths[1])


def call(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    try:
        status = cli.main(["compare", *words])
    except SystemExit as stop:
        status = int(stop.code or 0)
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def test_two_files_are_compared(capsys: pytest.CaptureFixture[str], pair: tuple[str, str]) -> None:
    status, output, errors = call(capsys, *pair)
    assert (status, errors) == (0, "")
    assert "≠ ×2 (1.64–2.44) slower" in output
    assert output.endswith("1 of 2 differs beyond their intervals.\n")


def test_only_some_quantities_or_only_those_that_differ(
    capsys: pytest.CaptureFixture[str], pair: tuple[str, str]
) -> None:
    assert "dram.latency" not in call(capsys, *pair, "--only", "l1d.*")[1]
    differing = call(capsys, *pair, "--differing")[1]
    assert "dram.latency" in differing
    assert "l1d.latency" not in differing


def test_kept_profiles_go_by_id_and_the_newest_by_its_word(
    capsys: pytest.CaptureFixture[str], pair: tuple[str, str]
) -> None:
    kept = made(store.this_host(), 300.0)
    store.keep(kept)
    assert "≠ ×3 (2.45–3.67) slower" in call(capsys, pair[0], "newest")[1]
    assert "≠ ×3 (2.45–3.67) slower" in call(capsys, pair[0], kept.id[:6])[1]


def test_a_file_needs_no_ending(capsys: pytest.CaptureFixture[str], pair: tuple[str, str], tmp_path: Path) -> None:
    Path(pair[1]).rename(tmp_path / "there")
    assert call(capsys, pair[0], str(tmp_path / "there"))[0] == 0


def test_the_comparison_is_written_as_json_and_shown_again(
    capsys: pytest.CaptureFixture[str], pair: tuple[str, str], tmp_path: Path
) -> None:
    path = tmp_path / "both.json"
    first = call(capsys, *pair, "--json", str(path))[1]
    jsonschema.validate(json.loads(path.read_bytes()), schema.schema(files.MACHINES))
    assert files.read(path, files.MACHINES).taken
    assert call(capsys, "--from", str(path))[1] == first


def test_json_on_standard_output_is_json_alone(capsys: pytest.CaptureFixture[str], pair: tuple[str, str]) -> None:
    status, output, _ = call(capsys, *pair, "-o", "-")
    assert status == 0
    assert json.loads(output)["schema"] == "hwbench.machines/1"


def test_a_narrowed_comparison_is_written_narrowed(capsys: pytest.CaptureFixture[str], pair: tuple[str, str]) -> None:
    assert list(json.loads(call(capsys, *pair, "--only", "l1d", "-o", "-")[1])["quantities"]) == ["l1d.latency"]


def test_help_teaches_by_example(capsys: pytest.CaptureFixture[str]) -> None:
    status, output, _ = call(capsys, "--help")
    assert status == 0
    assert "examples:\n  hwbench compare" in output


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    status, output, errors = call(capsys, *words)
    assert (status, output) == (2, "")
    assert errors.count("\n") == 1
    return errors


@pytest.mark.parametrize("words", [(), ("one.json",), ("--differing",)])
def test_less_than_two_is_a_matter_of_usage(capsys: pytest.CaptureFixture[str], words: tuple[str, ...]) -> None:
    assert "compare takes two profiles or more" in refused(capsys, *words)


def test_files_of_other_kinds_are_refused_in_a_line_that_says_which_verb(
    capsys: pytest.CaptureFixture[str], pair: tuple[str, str], tmp_path: Path
) -> None:
    other = tmp_path / "other.json"
    other.write_bytes(files.encode(explanations.quadratic()))
    assert "is an explanation, no machine profile; two programs are compared by: hwbench explain" in refused(
        capsys, pair[0], str(other)
    )
    other.write_text('{"version": "1.0", "benchmarks": []}')
    assert "is a pyperf file, no machine profile; two programs are compared by: hwbench explain" in refused(
        capsys, str(other), pair[0]
    )
    call(capsys, *pair, "-o", str(other))
    assert f"hwbench compare --from {other}" in refused(capsys, pair[0], str(other))
    other.write_text('{"schema": "hwbench.study/1"}')
    assert "is not a machine profile: its schema is 'hwbench.study/1'" in refused(capsys, pair[0], str(other))


@pytest.mark.parametrize("text", ["", "[1]", "[" * 100_000, '{"schema": "hwbench.machine/1"', '{"schema": 3}', "\x00"])
def test_damaged_files_are_refused(
    capsys: pytest.CaptureFixture[str], pair: tuple[str, str], tmp_path: Path, text: str
) -> None:
    other = tmp_path / "other.json"
    other.write_text(text)
    assert str(other) in refused(capsys, pair[0], str(other))


def test_what_is_not_there_is_refused(
    capsys: pytest.CaptureFixture[str], pair: tuple[str, str], tmp_path: Path
) -> None:
    assert "cannot be read" in refused(capsys, pair[0], "none.json")
    assert "cannot be read: Is a directory" in refused(capsys, pair[0], str(tmp_path))
    assert "no kept profile has an id that begins with 'zzz'" in refused(capsys, pair[0], "zzz")
    assert "there is no profile of" in refused(capsys, pair[0], "newest")
    assert "no quantity 'l9'" in refused(capsys, *pair, "--only", "l9")
    assert "there is no folder" in refused(capsys, *pair, "-o", str(tmp_path / "none" / "x.json"))
    assert "name no profiles beside it" in refused(capsys, *pair, "--from", pair[0])


def test_an_older_profile_with_fields_left_out_is_compared(
    capsys: pytest.CaptureFixture[str], pair: tuple[str, str], tmp_path: Path
) -> None:
    bare = msgspec.structs.replace(made("bare", 100.0), quantities={}, curves={})
    store.write(bare, tmp_path / "bare.json")
    status, output, _ = call(capsys, pair[0], str(tmp_path / "bare.json"))
    assert status == 0
    assert "nothing can be compared" in output
