"""Builds the C kernels into one extension module a vector width: `hwbench.native._scalar`, `_v128`, `_v256`, `_v512`.

cffi, out-of-line API mode. Every header in this folder is the only declaration of its kernels: the compiler includes it and
cffi reads it. The same sources are compiled once per set of flags, so that vector widths can be compared; `hwbench.native`
imports a wide variant only after a CPU check. A variant whose flags the compiler does not know is left out with a warning.
"""

from __future__ import annotations

import copy
import platform
import re
import subprocess
from collections.abc import Iterable
from pathlib import Path

from cffi import FFI
from setuptools import Extension
from setuptools.command.build_ext import build_ext

FOLDER = Path(__file__).resolve().parent
ROOT = FOLDER.parent

# -ffp-contract=off: a fused multiply-add rounds once, and a kernel must give its twin's result.
# -fno-builtin: a loop that is meant as a loop must not become a call of memcpy.
# -falign-*: where a loop happens to lie may cost 6 % of a first-level bandwidth: it shall not depend on other kernels.
COMMON_FLAGS = [
    "-std=c11",
    "-O3",
    "-g",
    "-Wall",
    "-Wextra",
    "-ffp-contract=off",
    "-fno-builtin",
    "-fno-strict-aliasing",
    "-falign-functions=64",
    "-falign-loops=64",
]
GCC_ONLY_FLAGS = ["-fno-tree-loop-distribute-patterns"]
SCALAR_FLAGS = ["-fno-tree-vectorize", "-fno-tree-slp-vectorize"]

# The engine under study is built as an engine would be: nothing is held back from the compiler.
ENGINE = FOLDER / "plausible"
ENGINE_FLAGS = ["-std=c11", "-O3", "-g", "-Wall", "-Wextra"]
ENGINE_HEADERS = ("engine.h", "kernels.h")

VARIANTS_BY_MACHINE = {
    "x86_64": {
        "scalar": ["-march=x86-64", "-DVECTOR_BYTES=8", *SCALAR_FLAGS],
        "v128": ["-march=x86-64", "-DVECTOR_BYTES=16"],
        "v256": ["-march=x86-64-v3", "-DVECTOR_BYTES=32", "-mprefer-vector-width=256"],
        "v512": ["-march=x86-64-v4", "-DVECTOR_BYTES=64", "-mprefer-vector-width=512"],
    },
    "aarch64": {
        "scalar": ["-march=armv8-a", "-DVECTOR_BYTES=8", *SCALAR_FLAGS],
        "v128": ["-march=armv8-a", "-DVECTOR_BYTES=16"],
    },
}
VARIANTS_BY_MACHINE["arm64"] = VARIANTS_BY_MACHINE["aarch64"]
VARIANTS_BY_MACHINE["amd64"] = VARIANTS_BY_MACHINE["x86_64"]
ANY_MACHINE = {"scalar": ["-DVECTOR_BYTES=8", *SCALAR_FLAGS]}


def headers() -> list[Path]:
    """Return the kernels' headers in a fixed order; `vector.h` and the like, which hold no declarations, are not among them."""
    return sorted(path for path in FOLDER.glob("*.h") if path.with_suffix(".c").exists())


def sources() -> list[Path]:
    """Return the C files that belong in every variant."""
    return [path.with_suffix(".c") for path in headers()]


def declarations(paths: Iterable[Path]) -> str:
    """Return what cffi reads: headers less their preprocessor lines."""
    return "\n".join(re.sub(r"(?m)^\s*#.*$", "", path.read_text()) for path in paths)


def variants(machine: str = platform.machine().lower()) -> dict[str, list[str]]:
    """Return the flags of each variant that this kind of machine can have."""
    return VARIANTS_BY_MACHINE.get(machine, ANY_MACHINE)


def extensions() -> list[Extension]:
    """Return one extension module a variant; only the first is indispensable."""
    made = []
    (ROOT / "build" / "cffi").mkdir(parents=True, exist_ok=True)
    for name, flags in variants().items():
        ffi = FFI()
        ffi.cdef(declarations(headers()))
        ffi.set_source(
            f"hwbench.native._{name}",
            "\n".join(f'#include "{path.name}"' for path in headers()),
            sources=[str(path.relative_to(ROOT)) for path in sources()],
            include_dirs=[str(FOLDER.relative_to(ROOT))],
            depends=[str(path.relative_to(ROOT)) for path in [*FOLDER.glob("*.h"), FOLDER / "build_native.py"]],
            extra_compile_args=COMMON_FLAGS + flags,
            libraries=["m", "pthread"],
        )
        extension = ffi.distutils_extension(tmpdir="build/cffi", verbose=False)
        extension.optional = bool(made)
        made.append(extension)
    return [*made, engine_extension()]


def engine_extension() -> Extension:
    """Return the plausible engine as an extension module, `hwbench.engines._plausible`."""
    ffi = FFI()
    ffi.cdef(declarations(ENGINE / name for name in ENGINE_HEADERS))
    ffi.set_source(
        "hwbench.engines._plausible",
        "\n".join(f'#include "{name}"' for name in ENGINE_HEADERS),
        sources=[str(path.relative_to(ROOT)) for path in sorted(ENGINE.glob("*.c"))],
        include_dirs=[str(ENGINE.relative_to(ROOT))],
        depends=[str(path.relative_to(ROOT)) for path in ENGINE.glob("*.h")],
        extra_compile_args=ENGINE_FLAGS,
        libraries=["m"],
    )
    extension = ffi.distutils_extension(tmpdir="build/cffi", verbose=False)
    extension.optional = True
    return extension


class BuildVariants(build_ext):
    """`build_ext` that compiles the variants side by side and adds the flags that only GCC knows."""

    def initialize_options(self) -> None:
        """Build in threads unless told otherwise."""
        super().initialize_options()
        self.parallel = True

    def build_extension(self, ext: Extension) -> None:
        """Build one variant; its objects lie apart from those of the others, which have the same sources.

        The variants are built in threads that share this command: each needs a copy of it with a folder of its own, or one
        variant's objects end up in another.
        """
        if _is_gcc(self.compiler.compiler_so[0]):
            ext.extra_compile_args = [*ext.extra_compile_args, *GCC_ONLY_FLAGS]
        apart = copy.copy(self)
        apart.build_temp = str(Path(self.build_temp) / ext.name.rpartition(".")[2])
        super(BuildVariants, apart).build_extension(ext)


def _is_gcc(compiler: str) -> bool:
    try:
        told = subprocess.run([compiler, "--version"], capture_output=True, text=True, check=False).stdout
    except OSError:
        return False
    return "clang" not in told.lower()
