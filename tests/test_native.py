"""The C kernels take the arrays they can take, and a width that is not there is a reason."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace

import numpy as np
import pytest

from hwbench import native
from hwbench.measure import subjects
from hwbench.native import VARIANT_BITS, Variant, cpu
from hwbench.records import Unavailable


@pytest.fixture
def fresh() -> Iterator[None]:
    native.load.cache_clear()
    yield
    native.load.cache_clear()


def build(bits: int, *names: str):  # type: ignore[no-untyped-def]
    """Return an import that knows these widths only, on a CPU of so many bits."""

    def imported(name: str) -> SimpleNamespace:
        if name.rpartition("._")[2] not in names:
            raise ImportError(f"No module named {name!r}")
        return SimpleNamespace(ffi=None, lib=SimpleNamespace(cpu_vector_bits=lambda: bits, there=None))

    return imported


def test_a_variant_knows_its_width_and_its_kernels() -> None:
    made = Variant("v256", None, SimpleNamespace(chase_one=None))
    assert made.bits == 256
    assert made.has("chase_one")
    assert not made.has("chase_two")


@pytest.mark.usefixtures("fresh")
def test_a_width_that_this_cpu_lacks_is_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(native, "import_module", build(128, *VARIANT_BITS))
    assert native.load("v256") == Unavailable(reason="this CPU or OS has no 256-bit vectors")
    assert [variant.name for variant in native.available()] == ["scalar", "v128"]
    assert getattr(native.best(), "name", "") == "v128"


@pytest.mark.usefixtures("fresh")
def test_the_widest_vectors_of_the_cpu_are_the_best(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(native, "import_module", build(512, *VARIANT_BITS))
    assert [variant.bits for variant in native.available()] == [64, 128, 256, 512]
    assert getattr(native.best(), "name", "") == "v512"


@pytest.mark.usefixtures("fresh")
def test_a_width_that_was_not_built_is_a_reason_and_the_next_one_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(native, "import_module", build(512, "scalar", "v128", "v256"))
    assert "v512 were not built" in getattr(native.load("v512"), "reason", "")
    assert getattr(native.best(), "name", "") == "v256"


@pytest.mark.usefixtures("fresh")
def test_without_any_build_every_width_is_a_reason_with_a_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(native, "import_module", build(512))
    assert native.available() == []
    for missing in (native.best(), subjects.default_variant(), *map(native.load, VARIANT_BITS)):
        assert isinstance(missing, Unavailable)
        assert "were not built" in missing.reason
        assert "scripts/hwbench doctor" in missing.remedy
    assert cpu.cpuid(0, 0) is None


def test_a_width_that_is_none_is_an_error() -> None:
    with pytest.raises(KeyError):
        native.load("v1024")


@pytest.mark.parametrize("type_", ["int64", "int32", "uint8", "float64", "float32"])
def test_arrays_of_the_five_types_are_handed_on_in_place(variant: Variant, type_: str) -> None:
    array = np.arange(4, dtype=type_)
    converted = variant._convert(array)
    assert list(converted) == [0, 1, 2, 3]
    converted[2] = 9
    assert array[2] == 9


def test_an_array_that_may_not_be_written_is_handed_on_too(variant: Variant) -> None:
    array = np.arange(4, dtype=np.int64)
    array.flags.writeable = False
    assert list(variant._convert(array)) == [0, 1, 2, 3]


@pytest.mark.parametrize("type_", ["uint64", "int16", "bool", "complex128", "float16", "object"])
def test_an_array_of_another_type_is_refused_by_name(variant: Variant, type_: str) -> None:
    with pytest.raises(TypeError, match=f"arrays of int64, int32, uint8, float64, float32, not of {type_}"):
        variant.bind("clock_adds", (np.zeros(4, dtype=type_),))


def test_an_array_with_gaps_is_refused(variant: Variant) -> None:
    with pytest.raises(ValueError, match="contiguous"):
        variant.bind("clock_adds", (np.zeros(8, dtype=np.int64)[::2],))


def test_a_kernel_that_is_none_is_refused(variant: Variant) -> None:
    with pytest.raises(AttributeError, match="no_such_kernel"):
        variant.bind("no_such_kernel", ())


def test_a_bound_kernel_takes_its_repeats_and_keeps_its_arrays(variant: Variant) -> None:
    assert variant.bind("clock_adds", (1,))(5) == 5 * 256
    run = variant.bind("stride_read", (np.full(512, 3, dtype=np.int64), 512, 1))
    assert run(2) == run(2)
    assert variant.bind("clock_nothing", ())(7) == 7


def test_cpuid_answers_or_says_that_there_is_none() -> None:
    registers = cpu.cpuid(0, 0)
    assert registers is None or (len(registers) == 4 and registers[0] > 0)
