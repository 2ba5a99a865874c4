"""Sizes, rates and times are written as a person writes them, and read back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwbench import units
from hwbench.errors import UsageError
from hwbench.units import GIB, KIB, MIB


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (0, 3, "0"),
        (1.2345, 3, "1.23"),
        (99.96, 3, "100"),
        (999.6, 3, "1 000"),
        (12345, 4, "12 340"),
        (1234567, 3, "1 230 000"),
        (-1234567, 3, "-1 230 000"),
        (0.00012345, 3, "0.000123"),
        (1.2345e-5, 3, "0.0000123"),
        (-1e-9, 3, "-0.000000001"),
    ],
)
def test_a_number_has_its_significant_digits_and_no_exponent(value: float, digits: int, text: str) -> None:
    assert units.significant(value, digits) == text


@given(st.floats(1e-12, 1e15) | st.floats(-1e15, -1e-12), st.integers(2, 6))
def test_a_written_number_is_the_number_to_its_digits_and_never_becomes_zero(value: float, digits: int) -> None:
    text = units.significant(value, digits)
    assert "e" not in text
    assert float(text.replace(" ", "")) == pytest.approx(value, rel=0.51 * 10 ** (1 - digits))


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 B"),
        (1, "1 B"),
        (1023, "1023 B"),
        (KIB, "1 KiB"),
        (48 * KIB, "48 KiB"),
        (1.5 * MIB, "1.5 MiB"),
        (3 * GIB, "3 GiB"),
    ],
)
def test_sizes_have_binary_prefixes(count: float, text: str) -> None:
    assert units.format_bytes(count) == text
    assert units.format_value(count, "B") == text


@pytest.mark.parametrize(
    ("rate", "unit", "text"),
    [
        (98.2e9, "B/s", "98.2 GB/s"),
        (1.5e12, "FLOP/s", "1.5 TFLOP/s"),
        (4.1e9, "Hz", "4.1 GHz"),
        (2000, "op/s", "2 kop/s"),
        (12, "B/s", "12 B/s"),
        (0, "B/s", "0 B/s"),
    ],
)
def test_rates_have_decimal_prefixes(rate: float, unit: str, text: str) -> None:
    assert units.format_rate(rate, unit) == text
    assert units.format_value(rate, unit) == text


@pytest.mark.parametrize(
    ("nanoseconds", "text"),
    [(0.98, "0.98 ns"), (2400, "2.4 µs"), (13e6, "13 ms"), (2.5e9, "2.5 s"), (-2400, "-2.4 µs"), (0, "0 ns")],
)
def test_times_are_written_in_the_unit_that_fits(nanoseconds: float, text: str) -> None:
    assert units.format_time(nanoseconds) == text
    assert units.format_value(nanoseconds, "ns") == text


def test_counts_are_whole_and_a_unit_without_a_scale_is_left_as_it_is() -> None:
    assert [units.format_value(71.6, unit) for unit in units.COUNTED] == [f"72 {unit}" for unit in units.COUNTED]
    assert units.format_value(0.125, "ratio") == "0.125 ratio"
    assert units.format_value(2.5, "") == "2.5"


def test_an_interval_is_written_in_the_unit_of_its_value() -> None:
    assert units.format_interval(1.04, 1.03, 1.06, "ns") == "1.04 ns (1.03–1.06)"
    assert units.format_interval(2e9, 9e8, 3e9, "B/s") == "2 GB/s (0.9–3)"
    assert units.format_interval(1 * MIB, 512 * KIB, 2 * MIB, "B") == "1 MiB (0.5–2)"
    assert units.format_interval(72, 64.2, 80, "entries") == "72 entries (64–80)"
    assert units.format_interval(0.0, 0.0, 13.4e6, "ns") == "0 ms (0–13.4)"
    assert units.format_interval(0.0, None, None, "ns") == "0 ns"


@pytest.mark.parametrize(("low", "high"), [(None, None), (1.04, None), (None, 2.0), (1.0401, 1.0402)])
def test_an_interval_that_says_nothing_more_is_left_out(low: float | None, high: float | None) -> None:
    assert units.format_interval(1.04, low, high, "ns") == "1.04 ns"


@pytest.mark.parametrize(
    ("unit", "cycles"), [("ns", "cycles"), ("B/s", "B/cycle"), ("FLOP/s", "FLOP/cycle"), ("op/s", "op/cycle")]
)
def test_a_unit_has_its_counterpart_in_cycles(unit: str, cycles: str) -> None:
    assert units.per_cycle(unit) == cycles


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("65536", 65536),
        ("0", 0),
        ("512M", 512 * MIB),
        ("512MB", 512 * MIB),
        ("2GiB", 2 * GIB),
        ("1.5k", 1536),
        ("1T", 1024 * GIB),
        (" 12 KiB ", 12 * KIB),
        ("7B", 7),
        ("999999999999999", 999_999_999_999_999),
    ],
)
def test_a_size_is_read_as_a_person_writes_it(text: str, count: int) -> None:
    assert units.parse_bytes(text) == count


@pytest.mark.parametrize(
    "text", ["", "B", "k", "-1", "1e3", "1.5.2", "12 bytes", "1,5M", "0x10", "1P", "inf", "nan", "5\n6", "9" * 400]
)
def test_what_is_no_size_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(UsageError, match="is not a size: write it as 512M, 2GiB or 65536") as refusal:
        units.parse_bytes(text)
    assert "\n" not in str(refusal.value)


@given(st.integers(0, 999), st.sampled_from([1, KIB, MIB, GIB]))
def test_a_written_size_is_read_back(number: int, scale: int) -> None:
    assert units.parse_bytes(units.format_bytes(number * scale)) == number * scale
