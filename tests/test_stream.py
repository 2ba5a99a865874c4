"""Streams do what they say to every word, at any length and any place, in C at every width and in numba."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import pytest
from numpy.typing import NDArray

from hwbench import native
from hwbench.catalog import kernels
from hwbench.catalog.rings import aligned_words
from hwbench.catalog.stream import streaming_stores
from hwbench.catalog.twins import numba_module
from hwbench.records import Unavailable

if TYPE_CHECKING:
    from hwbench.measure.bench import Bench

Floats = NDArray[np.float64]
Call = Callable[..., float]
TWINS = (*native.VARIANT_BITS, "numba")
LENGTHS = (1, 7, 128, 1000)
OFFSETS = (0, 1, 3)


def call(twin: str, name: str) -> Call:
    """A stream kernel of a twin as a function of plain arrays and numbers, the repeats last."""
    if twin == "numba":
        return getattr(numba_module("stream"), name)  # type: ignore[no-any-return]
    loaded = native.load(twin)
    if isinstance(loaded, Unavailable):
        pytest.skip(str(loaded))
    return lambda *arguments: loaded.bind(f"stream_{name}", arguments[:-1])(arguments[-1])


def arrays(length: int, offset: int, count: int) -> list[Floats]:
    """Arrays of small whole numbers that begin `offset` words after a page, with a guard word at each end."""
    made = []
    for place in range(count):
        words = aligned_words(8 * (length + offset + 2)).view(np.float64)[offset:]
        words[:] = -1.0
        words[1:-1] = np.arange(length) + 10 * place
        made.append(words)
    return made


def inside(array: Floats) -> Floats:
    return array[1:-1]


@pytest.mark.parametrize("offset", OFFSETS)
@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("twin", TWINS)
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("copy", lambda first, second: first),
        ("scale", lambda first, second: 0.5 * first),
        ("add", lambda first, second: first + second),
        ("triad", lambda first, second: first + 0.5 * second),
    ],
)
def test_every_word_is_combined_and_none_beside_them(
    name: str, expected: Callable[[Floats, Floats], Floats], twin: str, length: int, offset: int
) -> None:
    first, second, to = arrays(length, offset, 3)
    origins = [inside(first), inside(second)][: 2 if name in ("add", "triad") else 1]
    factor = [0.5] if name in ("scale", "triad") else []
    result = call(twin, name)(*origins, inside(to), *factor, length, 2)
    np.testing.assert_array_equal(inside(to), expected(inside(first), inside(second)))
    assert (to[0], to[-1]) == (-1.0, -1.0)
    assert result == to[-2]


@pytest.mark.parametrize("offset", OFFSETS)
@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("twin", TWINS)
def test_every_word_is_written_with_the_number_of_the_last_pass(twin: str, length: int, offset: int) -> None:
    (to,) = arrays(length, offset, 1)
    assert call(twin, "write")(inside(to), length, 3.0, 5) == 7.0
    assert set(inside(to)) == {7.0}
    assert (to[0], to[-1]) == (-1.0, -1.0)


@pytest.mark.parametrize("offset", OFFSETS)
@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("width", native.VARIANT_BITS)
def test_stores_around_the_caches_reach_every_word_wherever_the_array_begins(
    width: str, length: int, offset: int
) -> None:
    first, to = arrays(length, offset, 2)
    call(width, "copy_around")(inside(first), inside(to), length, 2)
    np.testing.assert_array_equal(inside(to), inside(first))
    call(width, "write_around")(inside(to), length, 3.0, 2)
    assert set(inside(to)) == {4.0}
    assert (to[0], to[-1]) == (-1.0, -1.0)


@pytest.mark.parametrize("offset", OFFSETS)
@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("twin", TWINS)
def test_the_sum_of_a_read_is_exact_and_wraps(twin: str, length: int, offset: int) -> None:
    words = aligned_words(8 * (length + offset))[offset:]
    words[:] = np.arange(length) * (1 << 55) + 1
    with np.errstate(over="ignore"):
        expected = np.int64(words.sum()) * np.int64(3)
    assert call(twin, "read")(words, length, 3) == expected


def test_where_there_are_no_streaming_stores_the_kernel_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(native, "best", lambda: Unavailable(reason="nothing was built"))
    assert "nothing was built" in str(streaming_stores())
    assert isinstance(kernels()["stream.copy_around"].prepare(4096), Unavailable)


def test_reading_the_first_level_is_several_times_faster_than_reading_memory(bench: Bench) -> None:
    near, far = aligned_words(16 << 10), aligned_words(128 << 20)
    taken = bench.sample(
        [
            bench.c_case(name, "stream_read", (words, words.size), words.nbytes)
            for name, words in (("near", near), ("far", far))
        ],
        0.2,
    )
    assert taken["far"].lower().value > 2 * taken["near"].lower().value
