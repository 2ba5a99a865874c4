"""`hwbench learn`: lists, teaches, hands out exercises, judges them, and prints the card; each way to fail is one line."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import jsonschema
import msgspec
import pytest

from hwbench import cli, lessons
from hwbench.explain import advice
from hwbench.lessons import exercises, judged, running, today
from hwbench.lessons.prices import Sizes
from hwbench.profile import store
from hwbench.records import CAUSES, EXERCISE_SCHEMA, ExerciseRun, LessonRun, files
from hwbench.records import schema as schemas

PROFILE = str(Path(__file__).parent / "data" / "profile.json")
KIB, MIB = 1024, 1024 * 1024
LESSON = "pointer_chasing"
LIGHT = "store_forwarding"  # its arrays fit the first level: quickly judged

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Caches so small that a run takes a second."""
    monkeypatch.setattr(running, "sizes_of", lambda *_: Sizes(64, 16 * KIB, 128 * KIB, MIB, 2 * MIB))
    monkeypatch.setattr(running, "SWEEP_SECONDS", 0.5)


def learn(*words: str) -> int:
    return cli.main(["learn", *words, *(() if "--profile" in words or not words else ("--profile", PROFILE))])


def validated(text: str, kind: files.Kind) -> dict:  # type: ignore[type-arg]
    record = json.loads(text)
    jsonschema.validate(record, schemas.schema(kind))
    return record  # type: ignore[no-any-return]


# ── the list ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_list_has_every_lesson_under_its_chapter(capsys: Captured) -> None:
    assert learn("--profile", PROFILE) == 0
    out = capsys.readouterr().out
    assert all(name in out for name in lessons.names())
    assert [line for line in out.splitlines() if line in lessons.chapters()] == list(lessons.chapters())


def test_the_list_as_json_follows_its_schema(capsys: Captured) -> None:
    assert learn("--json", "-", "--profile", PROFILE) == 0
    listed = validated(capsys.readouterr().out, files.LESSONS)["lessons"]
    assert [one["name"] for one in listed] == list(lessons.names())
    assert all(one["applies"] or one["why_not"] for one in listed)


def test_without_a_profile_the_list_says_how_to_get_one(
    capsys: Captured, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HWBENCH_DATA", str(tmp_path))
    assert learn() == 0
    assert "hwbench characterize" in capsys.readouterr().out


def test_every_lesson_that_an_explanation_points_to_is_there() -> None:
    assert {advice.advice(cause)[1] for cause in CAUSES} <= set(lessons.names())


# ── a lesson ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.usefixtures("small")
def test_a_lesson_shows_its_text_the_guess_the_prediction_and_what_was_measured(
    capsys: Captured, tmp_path: Path
) -> None:
    kept = tmp_path / "run.json"
    status = learn(LESSON, "--guess", "5", "--json", str(kept))
    out = capsys.readouterr().out
    record = validated(kept.read_text(), files.LESSON)
    assert status == (3 if record["verdict"] == "inconclusive" else 0)
    assert record["guess"] == 5
    assert set(record["bill"]) == {"a", "b"}
    assert out.index("What happens") < out.index("Predicted for this machine") < out.index("guessed    ×5")
    assert record["verdict"].upper() in out
    assert "[[" not in out
    assert {twin["language"] for twin in record["twins"]} == {"c", "numba", "python"}


@pytest.mark.usefixtures("small")
def test_json_on_standard_output_is_all_there_is_and_nothing_is_asked(
    capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("builtins.input", lambda _: pytest.fail("something was asked"))
    learn(LESSON, "--language", "c", "--json", "-")
    record = validated(capsys.readouterr().out, files.LESSON)
    assert record["language"] == "c"
    assert "guess" not in record


def test_reading_runs_nothing(capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "run", lambda *_: pytest.fail("it was run"))
    assert learn(LESSON, "--read") == 0
    assert "Where it bites" in capsys.readouterr().out


@pytest.mark.parametrize(("verdict", "status"), [("shown", 0), ("not shown", 0), ("inconclusive", 3)])
def test_the_exit_status_tells_an_inconclusive_run(verdict: str, status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def told(name: str, priced: today.Today, *_: object) -> LessonRun:
        return msgspec.structs.replace(running.foretold(name, priced.profile), verdict=verdict)

    monkeypatch.setattr(running, "run", told)
    assert learn(LESSON, "--json", "-") == status


@pytest.mark.parametrize(("verdict", "status"), [("passed", 0), ("failed", 1), ("undecided", 3)])
def test_the_exit_status_tells_the_grade(
    verdict: str, status: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = ExerciseRun(
        schema=EXERCISE_SCHEMA,
        hwbench="0",
        taken="",
        name=LIGHT,
        title="a lesson",
        language="c",
        file="solution.c",
        verdict=verdict,  # type: ignore[arg-type]
    )
    monkeypatch.setattr(judged, "judge", lambda *_: made)
    (tmp_path / "solution.c").write_text("")
    assert learn(LIGHT, "--check", str(tmp_path), "--json", "-") == status


@pytest.mark.parametrize(("words", "guess"), [((), 3.0), (("--guess", "7"), 7.0), (("--json", "FILE"), None)])
def test_a_guess_is_asked_for_on_a_terminal_unless_it_was_given_or_json_is_wanted(
    words: tuple[str, ...], guess: float | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wishes: list[running.Wish] = []
    said = iter(["much", "-1", " ×3 "])

    def told(name: str, priced: today.Today, wish: running.Wish, _: object) -> LessonRun:
        wishes.append(wish)
        return running.foretold(name, priced.profile)

    monkeypatch.setattr(running, "run", told)
    monkeypatch.setattr("builtins.input", lambda _: next(said))
    for stream in (sys.stdin, sys.stdout):
        monkeypatch.setattr(stream, "isatty", lambda: True)
    learn(LESSON, *(str(tmp_path / "run.json") if word == "FILE" else word for word in words))
    assert [wish.guess for wish in wishes] == [guess]


def test_reading_gives_the_prediction_as_json(capsys: Captured) -> None:
    assert learn(LESSON, "--read", "--json", "-") == 0
    record = validated(capsys.readouterr().out, files.LESSON)
    assert record["predicted"] > 1
    assert record["reason"] == "it has not been run"


@pytest.mark.usefixtures("small")
def test_a_sweep_is_drawn_as_text_and_as_a_picture(capsys: Captured, tmp_path: Path) -> None:
    pytest.importorskip("altair", reason="altair, of the extra `report`, is not installed")
    pytest.importorskip("vl_convert", reason="vl-convert, of the extra `report`, is not installed")
    picture = tmp_path / "curve.svg"
    learn(LESSON, "--language", "c", "--sweep", "--picture", str(picture))
    out = capsys.readouterr().out
    assert "shuffled" in out
    assert "in order" in out
    assert picture.read_text().startswith("<svg")
    assert "shuffled" in picture.read_text()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("pointer_chase",), "did you mean pointer_chasing"),
        (("--sweep",), "--sweep needs a lesson"),
        (("card", "--guess", "3"), "--guess needs a lesson"),
        ((LESSON, "--guess", "0"), "a ratio above zero"),
        ((LESSON, "--picture", "a.svg"), "give --sweep too"),
        ((LESSON, "--sweep", "--picture", "a.txt"), "no picture that can be drawn"),
        ((LESSON, "--exercise", "x", "--json", "-"), "--json goes with --check"),
        ((LESSON, "--json", "/nowhere/at/all.json"), "cannot be written"),
        ((LESSON, "--sweep", "--picture", "/nowhere/at/all.svg"), "cannot be written"),
        ((LESSON, "--exercise", "x", "--guess", "3"), "not with --exercise"),
        ((LESSON, "--check", "x", "--sweep"), "not with --check"),
        ((LESSON, "--read", "--sweep"), "not with --read"),
    ],
)
def test_a_wrong_wish_is_one_line_and_status_two(words: tuple[str, ...], told: str, capsys: Captured) -> None:
    assert learn(*words) == 2
    err = capsys.readouterr().err
    assert told in err
    assert len(err.strip().splitlines()) == 1


def test_the_card_has_this_machines_figures_beside_the_classic_ones(capsys: Captured) -> None:
    assert learn("card") == 0
    out = capsys.readouterr().out
    assert re.search(r"a load from main memory\s+151 ns\s+\d+\s+100 ns", out)
    assert re.search(r"1 MiB read from memory, in order\s+34\.\d µs", out)  # a rate, turned over
    assert "While one load waits for memory" in out
    assert len(out.splitlines()) < 45  # one page


# ── exercises ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def begun(folder: Path, name: str = LIGHT) -> Path:
    """The file of an exercise, as it is handed out."""
    assert learn(name, "--exercise", str(folder)) == 0
    return next(folder.glob("solution.*"))


def judgement(folder: Path, name: str = LIGHT, timeout: float = 60.0):  # type: ignore[no-untyped-def]
    return judged.judge(name, folder, store.read(Path(PROFILE)), timeout=timeout)


def test_an_exercise_is_written_once_and_never_over_work(tmp_path: Path, capsys: Captured) -> None:
    file = begun(tmp_path / "mine")
    assert {path.name for path in file.parent.iterdir()} == {"solution.c", "lesson.h", "TASK.md"}
    assert "solve(" in file.read_text()
    assert f"hwbench learn {LIGHT} --check" in capsys.readouterr().out
    assert learn(LIGHT, "--exercise", str(file.parent)) == 2
    assert "is there already" in capsys.readouterr().err
    other = tmp_path / "other"
    other.mkdir()
    (other / "TASK.md").write_text("mine")
    assert learn(LIGHT, "--exercise", str(other)) == 2
    assert [path.name for path in other.iterdir()] == ["TASK.md"]
    assert (other / "TASK.md").read_text() == "mine"


def test_our_own_solution_passes(tmp_path: Path, capsys: Captured) -> None:
    file = begun(tmp_path / "mine")
    lesson = lessons.load(LIGHT)
    file.write_text(exercises.solution(LIGHT, lesson, running.here_of(store.read(Path(PROFILE)))))
    kept = tmp_path / "grade.json"
    status = learn(LIGHT, "--check", str(file.parent), "--json", str(kept))
    record = validated(kept.read_text(), files.EXERCISE)
    # on a machine that lacks the effect there is nothing to grade
    assert (status, record["verdict"]) in ((0, "passed"), (3, "undecided"))
    assert record["right"] is True
    assert record["verdict"].upper() in capsys.readouterr().out


def test_what_was_handed_out_does_not_pass(tmp_path: Path) -> None:
    file = begun(tmp_path / "mine")
    made = judgement(file.parent)
    assert made.right is True
    assert made.verdict in ("failed", "undecided")


def replaced(file: Path, body: str) -> Path:
    """The exercise with another body for its function."""
    text = file.read_text()
    start = text.index("{", text.index("solve("))
    file.write_text(text[:start] + "{\n" + body + "\n}\n")
    return file.parent


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("return 0;", "is right, on an input that it has not seen"),
        ("for (;;) EVERYTHING_MAY_HAVE_CHANGED;", "did not end"),
        ("*(volatile int *)8 = 1; return 0;", "SIGSEGV"),
        ("return nonsense;", "nonsense"),
        ("exit(3);", "status 3"),
        ("exit(0);", "without a result"),
    ],
    ids=["skips the work", "hangs", "crashes", "does not compile", "ends the judge", "ends it quietly"],
)
def test_a_solution_that_skips_hangs_or_crashes_fails_with_its_reason(body: str, told: str, tmp_path: Path) -> None:
    file = begun(tmp_path / "mine")
    file.write_text("#include <stdlib.h>\n" + file.read_text())
    made = judgement(replaced(file, body), timeout=10.0)
    assert (made.verdict, made.right) == ("failed", False)
    assert told in made.reason


def test_an_answer_that_is_remembered_from_the_first_call_is_caught(tmp_path: Path) -> None:
    file = begun(tmp_path / "mine")
    honest = file.read_text()
    call = re.search(r"LESSON (\w+) solve\(([^)]*)\)", honest)
    assert call is not None
    names = ", ".join(part.split()[-1].lstrip("*") for part in call[2].split(","))
    cheat = honest.replace("LESSON", "static").replace("solve(", "honest(") + (
        f"\nLESSON {call[1]} solve({call[2]})\n{{\n    static int known;\n    static {call[1]} kept;\n"
        f"    if (!known++)\n        kept = honest({names});\n    return kept;\n}}\n"
    )
    file.write_text(cheat)
    made = judgement(file.parent)
    assert (made.verdict, made.right) == ("failed", False)
    assert "on an input that it has not seen" in made.reason


def test_a_solution_without_its_function_is_told_so(tmp_path: Path) -> None:
    file = begun(tmp_path / "mine")
    file.write_text(file.read_text().replace("solve(", "other("))
    assert "has no function solve" in judgement(file.parent).reason


def test_a_folder_without_a_solution_is_wrong_usage(tmp_path: Path, capsys: Captured) -> None:
    assert learn(LIGHT, "--check", str(tmp_path)) == 2
    assert "--exercise" in capsys.readouterr().err


IN_PYTHON = "numba_pays"  # its exercise is in Python, and small
CHEATS = {
    "gives nothing": ("def solve(sizes):\n    return []\n", "is right"),
    "is ours": ("from hwbench.lessons.numba_pays.plain import compiled as solve\n", "one of ours"),
    "raises": ("def solve(sizes):\n    raise ValueError('a\\n\\x1b[31mb')\n", "it raised ValueError: a [31mb"),
    "ends the judge": ("def solve(sizes):\n    raise SystemExit(3)\n", "status 3"),
    "writes the result": (
        (
            "import os, sys\n\n\ndef solve(sizes):\n"
            "    with open(sys.argv[4], 'w') as file:\n"
            '        file.write(\'{"slow": [9.0], "fast": [1.0], "solution": [1.0], "control_solution": [1.0], "control_fast": [1.0]}\')\n'
            "    os._exit(0)\n"
        ),
        "without a result",
    ),
    "puts the clock back": (
        (
            "import sys\n\n\ndef steps(count):\n    number, last, total = 1000, 1000 + count, 0\n"
            "    while number < last:\n        total = number - total\n        number += 1\n    return total\n\n\n"
            "def solve(sizes):\n    sys.modules['__main__'].now = lambda: 1\n    return sum(steps(size) for size in sizes)\n"
        ),
        "which judges it",
    ),
    "forks": ("import os\n\n\ndef solve(sizes):\n    os.fork()\n    return 0\n", "is right"),
    "looks into its callers": (
        (
            "def solve(sizes):\n    total = 0\n    for size in sizes:\n        number, last, one = 1000, 1000 + size, 0\n"
            "        while number < last:\n            one = number - one\n            number += 1\n        total += one\n"
            "    import sys\n    sys._getframe(1).f_locals\n    return total\n"
        ),
        "looks into",
    ),
}


@pytest.mark.parametrize("kind", CHEATS)
def test_a_cheat_in_python_is_caught(kind: str, tmp_path: Path) -> None:
    source, told = CHEATS[kind]
    (tmp_path / "solution.py").write_text(source)
    made = judgement(tmp_path, IN_PYTHON)
    assert (made.verdict, made.right) == ("failed", False)
    assert told in made.reason


def test_copies_that_a_solution_makes_of_the_judge_end_at_once(tmp_path: Path) -> None:
    honest = "def steps(count):\n    number, last, total = 1000, 1000 + count, 0\n    while number < last:\n"
    honest += "        total = number - total\n        number += 1\n    return total\n"
    log = tmp_path / "judges"
    (tmp_path / "solution.py").write_text(
        f"import os\n\n\n{honest}\n\ndef solve(sizes):\n    os.fork()\n"
        f"    with open({str(log)!r}, 'a') as file:\n        print(os.getpid(), file=file)\n"
        "    return sum(steps(size) for size in sizes)\n"
    )
    made = judgement(tmp_path, IN_PYTHON)
    assert made.right is True
    calls = [int(line) for line in log.read_text().split()]
    own = max(set(calls), key=calls.count)
    assert all(
        calls.count(other) == 1 for other in set(calls) - {own}
    )  # each copy saw the call that made it, and no other


def test_a_solution_in_another_encoding_or_with_a_changed_header_is_judged_as_it_is_now(tmp_path: Path) -> None:
    file = begun(tmp_path / "mine")
    file.write_bytes("/* für */\n".encode("latin-1") + file.read_bytes())
    assert judgement(file.parent).right is True
    (file.parent / "lesson.h").write_text("#error another header\n")
    assert "another header" in judgement(file.parent).reason


def test_a_solution_that_changes_an_input_which_must_stay_is_refused(tmp_path: Path) -> None:
    file = begun(tmp_path / "mine", "growth")
    text = file.read_text()
    place = text.index("{", text.index("solve("))
    file.write_text(text[: place + 1] + "\n    ((int64_t *)index)[0] += 1;" + text[place + 1 :])
    made = judgement(file.parent, "growth")
    assert (made.verdict, made.right) == ("failed", False)
    assert "it changes array 2, which must stay as it is" in made.reason
