"""Machines beside each other as text: what each line says, on wide and narrow pages, with and without Unicode."""

from __future__ import annotations

import msgspec
import pytest
from profiles import host, profile, quantity

from hwbench.profile.comparing import compare
from hwbench.records import Against, CpuFacts, MachineComparison, MachineProfile, Quantity, Ratio
from hwbench.show import comparison as shown
from hwbench.show.machine import Page

FIRST = {
    "syscall.cost": quantity("ns", 100, 98, 102),
    "dram.latency": quantity("ns", 100, 95, 110),
    "dram.read_bandwidth": quantity("B/s", 20e9, 19e9, 21e9),
    "l2.capacity": quantity("B", 1 << 20),
    "l2.mlp": quantity("loads", 8, 7, 9),
    "llc.residency": Quantity(unit="ns", value=3e7, low=3e7),
    "l2.associativity": Quantity(unit="ways", unavailable="hashed"),
    "l3.associativity": Quantity(unit="ways", unavailable="hashed"),
    "page_walk.cost": Quantity(unit="ns", value=20.0),
}
LATER = {
    "syscall.cost": quantity("ns", 50, 49, 51, caution="busy"),
    "dram.latency": quantity("ns", 182, 170, 190),
    "dram.read_bandwidth": quantity("B/s", 30e9, 29e9, 31e9),
    "l2.capacity": quantity("B", 2 << 20),
    "l2.mlp": quantity("loads", 9, 8, 10),
    "llc.residency": quantity("ns", 1e7, 1e7, 2e7),
    "page_walk.cost": quantity("ns", 30),
}


def machine(name: str, quantities: dict[str, Quantity], **facts: object) -> MachineProfile:
    return msgspec.structs.replace(profile(quantities, host(name, **facts)), id=name.encode().hex()[:12].ljust(12, "0"))


def two() -> MachineComparison:
    other = CpuFacts(architecture="x86_64", model="Other CPU")
    return compare([machine("old", FIRST), machine("new", LATER, cpu=other)])


def rows(text: str) -> dict[str, str]:
    lines = (line.split(maxsplit=1) for line in text.splitlines())
    return {words[0]: " ".join(words[1].split()) for words in lines if len(words) == 2}


def test_a_row_has_each_value_the_ratio_and_a_sign_where_the_intervals_do_not_overlap() -> None:
    told = rows(shown.report(two(), Page(180)))
    assert told["dram.latency"] == "100 ns (95–110) 182 ns (170–190) ≠ ×1.82 (1.55–2) slower"
    assert told["dram.read_bandwidth"] == "20 GB/s (19–21) 30 GB/s (29–31) ≠ ×1.5 (1.38–1.63) faster"
    assert told["l2.capacity"] == "1 MiB 2 MiB ≠ ×2"
    assert told["l2.mlp"] == "8 loads (7–9) 9 loads (8–10) ×1.12 (0.889–1.43)"
    assert told["syscall.cost"] == "100 ns (98–102) 50 ns (49–51) (!) ≠ ×0.5 (0.48–0.52) faster"
    assert told["llc.residency"] == "≥ 30 ms 10 ms (10–20) ≠ ≤ ×0.667"
    assert told["page_walk.cost"] == "20 ns 30 ns ? ×1.5"


def test_quantities_stand_by_subject() -> None:
    text = shown.report(two(), Page(180))
    subjects = [line.strip() for line in text.splitlines() if line.startswith("[")]
    assert subjects == ["[caches and memory]", "[address translation]", "[the system]"]


def test_how_many_differ_is_the_last_line() -> None:
    assert shown.report(two(), Page(180)).splitlines()[-1] == (
        "5 of 6 differ beyond their intervals; 3 cannot be compared."
    )


def test_the_machines_and_where_the_hosts_differ_stand_first() -> None:
    text = shown.report(two(), Page(100))
    assert "A  old      Toy CPU    2026-01-02 03:04  default  6f6c64000000" in text
    assert "- CPU: A: Toy CPU; B: Other CPU" in text
    assert text.index("- CPU") < text.index("dram.latency")


def test_what_cannot_be_compared_says_why_once() -> None:
    text = shown.report(two(), Page(180))
    assert "- l2.associativity, l3.associativity: A: hashed\n" in text
    assert "- page_walk.cost: B: no interval was kept of the first\n" in text


def test_what_makes_it_doubtful_is_told() -> None:
    assert "Read with care:\n- new: measured with caution: syscall.cost" in shown.report(two(), Page(180))


@pytest.mark.parametrize("width", [80, 90, 100, 120, 150])
def test_nothing_is_wider_than_the_page(width: int) -> None:
    for count in (2, 3, 5, 12):
        made = compare([machine(f"host-{number}", FIRST if number % 2 else LATER) for number in range(count)])
        assert max(map(len, shown.report(made, Page(width)).splitlines())) <= width


def test_a_narrow_page_loses_the_intervals_first_and_keeps_every_sign() -> None:
    long = "fused_multiply_add.throughput.f64"
    pair = [
        {**quantities, long: quantity("op/s", value, value * 0.9, value * 1.1)}
        for quantities, value in ((FIRST, 7.38e9), (LATER, 14.6e9))
    ]
    made = compare([machine(name, quantities) for name, quantities in zip(("old", "new"), pair, strict=True)])
    wide, narrow = (rows(shown.report(made, Page(width)))[long] for width in (140, 80))
    assert wide == "7.38 Gop/s (6.64–8.12) 14.6 Gop/s (13.1–16.1) ≠ ×1.98 (1.62–2.42) faster"
    assert narrow == "7.38 Gop/s 14.6 Gop/s ≠ ×1.98 faster"
    assert rows(shown.report(made, Page(100)))[long] == "7.38 Gop/s (6.64–8.12) 14.6 Gop/s (13.1–16.1) ≠ ×1.98 faster"


def test_of_many_machines_each_has_its_ratio_in_some_table() -> None:
    made = compare([machine(f"host-{number}", FIRST if number % 2 else LATER) for number in range(12)])
    text = shown.report(made, Page(80))
    assert all(text.count(f" {letter} / A") == 1 for letter in "BCDEFGHIJKL")
    assert "L against A: 5 of 6 differ" in text


def test_only_what_differs_can_be_asked_for() -> None:
    text = shown.report(two(), Page(180), differing=True)
    assert "dram.latency" in text
    assert "l2.mlp" not in text
    assert "Not compared" not in text
    assert "5 of 6 differ" in text


def test_nothing_in_common_is_said() -> None:
    text = shown.report(compare([machine("a", {"x": quantity("ns", 1)}), machine("b", {"y": quantity("ns", 1)})]))
    assert "nothing can be compared: no quantity has a value and an interval in both." in text
    assert "quantity  A" not in text


def test_one_of_one_is_singular() -> None:
    made = compare([machine(name, {"x": quantity("ns", value)}) for name, value in (("a", 1), ("b", 2))])
    assert shown.summary(made) == ["1 of 1 differs beyond their intervals."]


def test_a_terminal_without_unicode_gets_ascii() -> None:
    text = shown.report(two(), Page(120, unicode=False))
    assert text.isascii()
    assert "!= x1.82" in text


def test_colours_are_painted_on_names_and_never_carry_the_meaning_alone() -> None:
    painted: list[tuple[str, str]] = []

    def paint(text: str, colour: str) -> str:
        painted.append((text.strip(), colour))
        return text

    text = shown.report(two(), Page(180, paint=paint))
    assert ("dram.latency", "red") in painted
    assert ("syscall.cost", "green") in painted
    assert ("l2.capacity", "yellow") in painted
    assert not any(name == "l2.mlp" for name, _ in painted)
    assert text == shown.report(two(), Page(180))


def test_machines_beyond_the_alphabet_are_numbered() -> None:
    assert (shown.letter(0), shown.letter(25), shown.letter(26)) == ("A", "Z", "M27")


@pytest.mark.parametrize(
    ("ratio", "expected"),
    [
        (None, ""),
        (Ratio(value=2.0), "×2"),
        (Ratio(value=2.0, low=1.5, high=2.5), "×2 (1.5–2.5)"),
        (Ratio(value=2.0, low=2.0, high=2.0001), "×2"),
        (Ratio(value=2.0, low=1.5), "≥ ×1.5"),
        (Ratio(value=2.0, high=2.5), "≤ ×2.5"),
        (Ratio(value=1e9, low=1e8, high=1e10), "×1.0e+09 (1.0e+08–1.0e+10)"),
    ],
)
def test_a_ratio_is_written_with_its_bounds(ratio: Ratio | None, expected: str) -> None:
    assert shown.ratio_text(ratio) == expected


def test_a_ratio_of_one_is_neither_faster_nor_slower() -> None:
    made = two().quantities["dram.latency"]
    assert shown.direction(made, Against(ratio=Ratio(value=1.0), differs=True)) == ""


def test_strange_names_and_numbers_neither_break_the_lines_nor_move_the_cursor() -> None:
    evil = "\x1b[2J<script>\n" + "x" * 500
    odd = {evil: quantity("ns", 1e308), "big": quantity("B/s", 1e300), "small": quantity("ns", 1e-300)}
    made = compare([machine("a", odd, cpu=CpuFacts(architecture=evil, model=evil)), machine("b", odd)], [evil, "b"])
    text = shown.report(made, Page(80))
    assert "\x1b" not in text
    assert max(map(len, text.splitlines())) < 200
    assert "x" * 100 not in text[: text.index("What the hosts say")]
    assert "big" in text


def test_long_names_of_hosts_and_processors_fit() -> None:
    cpu = CpuFacts(architecture="x86_64", model="Intel(R) Xeon(R) Platinum 8481C CPU @ 2.70GHz with more words")
    names = [f"a-host-with-quite-a-long-name-{number}.example.org" for number in range(3)]
    made = compare([machine(name, FIRST, cpu=cpu) for name in names])
    assert max(map(len, shown.report(made, Page(80)).splitlines())) <= 80
