"""Kernels are found by name, group and pattern, and every one is registered by the rules."""

from __future__ import annotations

from pathlib import Path

import hwbench.kernels
import pytest

from hwbench.catalog import Kernel, Prepared, Work, kernels, select
from hwbench.catalog import kernel as registered
from hwbench.errors import UsageError

ROOT = Path(__file__).parent.parent
ALL = list(kernels().values())


def test_work_tells_what_is_declared_and_nothing_else() -> None:
    assert dict(Work(loads=2, bytes=16).items()) == {"loads": 2, "bytes": 16}
    assert dict(Work().items()) == {}


def test_a_kernel_is_chosen_by_its_name() -> None:
    assert [kernel.name for kernel in select("clock.adds")] == ["clock.adds"]


def test_a_group_is_all_kernels_of_a_stem() -> None:
    assert [kernel.name for kernel in select("clock")] == ["clock.adds", "clock.nothing"]


def test_a_pattern_chooses_across_groups_in_order() -> None:
    chosen = [kernel.name for kernel in select("c*.a*")]
    assert {"clock.adds", "chain.add_latency_i64"} <= set(chosen)
    assert chosen == sorted(chosen)
    assert select("*") == ALL


@pytest.mark.parametrize("pattern", ["clock.ad", "clock.add", "clok"])
def test_a_name_that_is_none_is_refused_with_the_nearest(pattern: str) -> None:
    with pytest.raises(UsageError, match=f"no kernel or group is named '{pattern}'; did you mean .*clock") as refusal:
        select(pattern)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("pattern", ["", "zzzzqqqq", "CLOCK"])
def test_what_is_near_to_nothing_is_refused_with_where_to_look(pattern: str) -> None:
    with pytest.raises(UsageError, match="see: hwbench kernels"):
        select(pattern)


def test_registering_keeps_the_preparation_and_takes_its_first_line(monkeypatch: pytest.MonkeyPatch) -> None:
    book: dict[str, Kernel] = {}
    monkeypatch.setattr("hwbench.catalog._KERNELS", book)

    def prepare(size: int) -> Prepared:
        """Do a thing.

        At length.
        """
        return Prepared((size,), Work(loads=1))

    assert registered("stem.thing", function="thing", unit="loads", size=8, only_c="why")(prepare) is prepare
    assert book == {"stem.thing": Kernel("stem.thing", "thing", "loads", 8, "Do a thing.", prepare, "why")}
    assert book["stem.thing"].stem == "stem"
    assert book["stem.thing"].c_function == "stem_thing"
    assert book["stem.thing"].twins == ("c",)


def test_every_kernel_is_listed_under_its_own_name_in_order() -> None:
    assert list(kernels()) == sorted(kernels())
    assert all(name == kernel.name for name, kernel in kernels().items())


@pytest.mark.parametrize("kernel", ALL, ids=lambda kernel: kernel.name)
def test_every_kernel_keeps_the_rules(kernel: Kernel) -> None:
    stem, dot, rest = kernel.name.partition(".")
    assert (stem, dot) == (kernel.stem, ".")
    assert rest
    assert rest == rest.lower()
    assert kernel.unit in Work.__dataclass_fields__
    assert kernel.size >= 0
    assert kernel.twins == (("c",) if kernel.only_c else ("c", "numba"))
    assert kernel.summary[0].isupper()


@pytest.mark.parametrize("stem", sorted({kernel.stem for kernel in ALL}))
def test_a_stem_has_its_four_places(stem: str) -> None:
    twins = Path(hwbench.kernels.__path__[0]) / f"{stem}.py"
    if any(not kernel.only_c for kernel in ALL if kernel.stem == stem):
        assert twins.is_file()
    for ending in ("h", "c"):
        assert (ROOT / "c_src" / f"{stem}.{ending}").is_file()
    header = (ROOT / "c_src" / f"{stem}.h").read_text()
    assert [kernel.c_function for kernel in ALL if kernel.stem == stem and f"{kernel.c_function}(" not in header] == []
