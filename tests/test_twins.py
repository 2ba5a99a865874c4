"""Every kernel gives the same result in C at every vector width, in numba, and as plain Python where that can say it."""

from __future__ import annotations

import pytest

from hwbench import native
from hwbench.catalog import Kernel, Prepared, kernels
from hwbench.catalog.twins import c_twin, numba_module, numba_twin
from hwbench.records import Unavailable

REPEATS = 3
SMALLEST = 4096
KERNELS = list(kernels().values())
REPEATABLE = [k for k in KERNELS if k.repeatable]


def small(kernel: Kernel) -> Prepared:
    prepared = kernel.prepare(min(kernel.size, 4 * SMALLEST))
    if isinstance(prepared, Unavailable):
        pytest.skip(str(prepared))
    return prepared


def results(kernel: Kernel, twin: str) -> int | float:
    """Run one twin on fresh inputs and close what they opened."""
    prepared = small(kernel)
    try:
        run = numba_twin(kernel, prepared.arguments) if twin == "numba" else c_twin(kernel, prepared.arguments, twin)
        if isinstance(run, Unavailable):
            pytest.skip(str(run))
        return run(REPEATS)
    finally:
        if prepared.close:
            prepared.close()


def reference(kernel: Kernel) -> int | float:
    """The checksum that numpy or plain Python computes, or where none is given that of the scalar C twin."""
    prepared = small(kernel)
    try:
        return prepared.checksum(REPEATS) if prepared.checksum else results(kernel, "scalar")
    finally:
        if prepared.close:
            prepared.close()


def same(first: float, second: float) -> bool:
    return first == second or (isinstance(first, float) and first == pytest.approx(second, rel=1e-9))


@pytest.mark.parametrize("width", native.VARIANT_BITS)
@pytest.mark.parametrize("kernel", REPEATABLE, ids=lambda k: k.name)
def test_the_c_twin_of_every_width_gives_the_reference_result(kernel: Kernel, width: str) -> None:
    assert same(results(kernel, width), reference(kernel))


@pytest.mark.parametrize("kernel", [k for k in REPEATABLE if not k.only_c], ids=lambda k: k.name)
def test_the_numba_twin_gives_the_reference_result(kernel: Kernel) -> None:
    assert same(results(kernel, "numba"), reference(kernel))


@pytest.mark.parametrize("kernel", KERNELS, ids=lambda k: k.name)
def test_every_kernel_is_declared_whole(kernel: Kernel) -> None:
    prepared = small(kernel)
    try:
        assert getattr(prepared.work, kernel.unit) > 0
        assert kernel.summary.endswith((".", ":"))
        assert any(variant.has(kernel.c_function) for variant in native.available())
        if not kernel.only_c:
            assert hasattr(numba_module(kernel.stem), kernel.function)
    finally:
        if prepared.close:
            prepared.close()
