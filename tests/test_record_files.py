"""Explanations as files: whole and the same again, satisfying the published schema, and one line for what is not ours."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import explanations
import jsonschema
import pytest

from hwbench.errors import UsageError
from hwbench.records import Explanation, files, schema

WHOLE = files.encode(explanations.shuffled_list())


@pytest.mark.parametrize("made", explanations.ALL, ids=lambda made: made.__name__)
def test_an_explanation_comes_back_from_its_file_as_it_was(made: Callable[[], Explanation], tmp_path: Path) -> None:
    path = tmp_path / "explanation.json"
    files.write_bytes(files.encode(made()), path)
    assert files.read(path, files.EXPLANATION) == made()
    assert [entry.name for entry in tmp_path.iterdir()] == ["explanation.json"]


@pytest.mark.parametrize("made", explanations.ALL, ids=lambda made: made.__name__)
def test_the_published_schema_is_current_and_an_explanation_satisfies_it(made: Callable[[], Explanation]) -> None:
    published = schema.path(files.EXPLANATION).read_text(encoding="utf-8")
    assert published == schema.text(files.EXPLANATION), "run: python -m hwbench.records.schema"
    jsonschema.validate(json.loads(files.encode(made())), json.loads(published))


def test_an_unknown_verdict_or_cause_does_not_satisfy_the_schema() -> None:
    published = schema.schema(files.EXPLANATION)
    for wrong in ({"verdict": "guessed"}, {"causes": [{"cause": "magic"}]}, {"schema": "hwbench.explanation/9"}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({**json.loads(WHOLE), **wrong}, published)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is damaged, or no explanation at all"),
        (WHOLE[:-40], "is damaged"),
        (b"[1, 2]", "is not an explanation"),
        (b"{}", "is not an explanation: its schema is ''"),
        (b'{"schema": "hwbench.machine/1"}', "its schema is 'hwbench.machine/1', not 'hwbench.explanation/1'"),
        (b'{"schema": "hwbench.explanation/2"}', "made by a newer hwbench"),
        (b'{"schema": "hwbench.explanation/0"}', "no longer reads; explain again: hwbench explain"),
        (b'{"schema": "hwbench.explanation/1", "verdict": "void"}', "is damaged: .*missing required field"),
    ],
)
def test_a_file_that_is_no_explanation_of_ours_is_one_line(data: bytes, message: str) -> None:
    with pytest.raises(UsageError, match=message) as error:
        files.decode(data, "some.json", files.EXPLANATION)
    assert "\n" not in str(error.value)


def test_a_file_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read: No such file"):
        files.read(tmp_path / "none.json", files.EXPLANATION)
