"""What is shipped: an sdist that builds, a wheel that holds all it needs, and an import that stays light."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import hwbench

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
HEAVY = ("numba", "llvmlite", "scipy", "altair", "vl_convert", "jinja2", "numpy", "pyperf", "tabulate")


def build(kind: str, source: Path, target: Path) -> Path:
    """Build a wheel or an sdist with this environment's setuptools, as pip does without isolation."""
    script = f"import setuptools.build_meta as b, sys; b.build_{kind}(sys.argv[1])"
    done = subprocess.run(
        [sys.executable, "-c", script, str(target)], cwd=source, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return next(target.iterdir())


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("setuptools", reason="setuptools is not installed")
    copy = tmp_path_factory.mktemp("source") / "copy"
    shutil.copytree(
        ROOT, copy, ignore=shutil.ignore_patterns(".*", "build", "dist", "*.egg-info", "*.so", "__pycache__")
    )
    return build("sdist", copy, tmp_path_factory.mktemp("sdist"))


@pytest.fixture(scope="module")
def wheel(sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not any(map(shutil.which, ("cc", "gcc", "clang"))):
        pytest.skip("no C compiler is installed")
    unpacked = tmp_path_factory.mktemp("unpacked")
    with tarfile.open(sdist) as archive:
        archive.extraction_filter = getattr(tarfile, "data_filter", None)  # none in Python 3.11.0 to 3.11.3
        archive.extractall(unpacked)  # noqa: S202 - our own, built above
    return build("wheel", next(unpacked.iterdir()), tmp_path_factory.mktemp("wheel"))


def files_of(*patterns: str) -> set[str]:
    return {str(path.relative_to(ROOT)) for pattern in patterns for path in ROOT.glob(pattern)}


PAGE = {
    f"hwbench/show/report/{name}"
    for name in ("page.html.jinja", "parts.html.jinja", "notebook.html.jinja", "page.css", "page.js")
}


def test_the_source_distribution_has_every_source(sdist: Path) -> None:
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    wanted = files_of(
        "c_src/*.[ch]",
        "c_src/*.py",
        "kernels/*.py",
        "hwbench/**/*.py",
        "hwbench/schemas/*.json",
    )
    assert wanted | files_of("c_src/counting/*.*", "hwbench/include/*.h") <= names
    assert files_of("hwbench/lessons/*/*.c", "hwbench/lessons/*/*.md", "hwbench/lessons/lesson.h") <= names
    assert names >= PAGE
    assert not {name for name in names if name.endswith((".so", ".pyc"))}


def test_the_wheel_has_the_kernels_the_schemas_and_the_type_marker(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    modules = {name.removeprefix("kernels/") for name in files_of("kernels/*.py")}
    assert {f"hwbench/kernels/{name}" for name in modules} <= names
    assert files_of("hwbench/**/*.py", "hwbench/schemas/*.json", "hwbench/include/*.h", "hwbench/py.typed") <= names
    assert files_of("hwbench/lessons/lesson.h", "hwbench/lessons/*/*.c", "hwbench/lessons/*/*.md") <= names
    assert names >= PAGE
    counting = {name.removeprefix("c_src/") for name in files_of("c_src/counting/*.[ch]")}
    assert {f"hwbench/{name}" for name in counting} <= names
    assert any(re.fullmatch(r"hwbench/native/_scalar\..*(so|pyd)", name) for name in names)
    assert not [name for name in names if not name.startswith(("hwbench/", "hwbench_toolkit-"))]


def test_the_wheel_works_where_there_is_no_checkout(wheel: Path, tmp_path: Path) -> None:
    zipfile.ZipFile(wheel).extractall(tmp_path)  # noqa: S202 - our own, built above
    script = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r}); from hwbench import native; import hwbench;"
        "import hwbench.kernels as k; print(native.best().bind('clock_nothing', ())(3), hwbench.__file__, k.__file__)"
    )
    told = subprocess.run([sys.executable, "-c", script], cwd="/", capture_output=True, text=True, check=True).stdout
    assert told.startswith("3 ")
    assert told.count(str(tmp_path)) == 2


def test_the_distribution_is_named_as_it_must_be_and_has_one_version(wheel: Path) -> None:
    assert PROJECT["name"] == "hwbench-toolkit"
    assert PROJECT["version"] == hwbench.__version__
    assert wheel.name.startswith(f"hwbench_toolkit-{hwbench.__version__}-")


def modules_after(script: str) -> set[str]:
    """Return the heavy modules that a script leaves imported."""
    program = f"{script}\nimport sys; print(*[m for m in {HEAVY!r} if m in sys.modules], file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return set(done.stderr.split())


def help_script(*words: str) -> str:
    call = "try: hwbench.cli.main()\nexcept SystemExit: pass"
    return f"import sys, hwbench.cli\nsys.argv = ['hwbench', *{words!r}, '--help']\n{call}"


@pytest.fixture
def need_main() -> Callable[[], None]:
    import hwbench.cli

    return getattr(hwbench.cli, "main", None) or pytest.skip("the command line is not there yet")


def test_importing_the_package_imports_nothing_heavy() -> None:
    assert modules_after("import hwbench") == set()


@pytest.mark.usefixtures("need_main")
@pytest.mark.parametrize("words", [(), ("run",), ("kernels",)], ids=lambda words: " ".join(words) or "hwbench")
def test_help_imports_nothing_heavy(words: tuple[str, ...]) -> None:
    assert modules_after(help_script(*words)) == set()


@pytest.mark.parametrize("page", sorted(ROOT.glob("*.md")), ids=lambda page: page.name)
def test_no_page_tells_to_install_the_unrelated_package(page: Path) -> None:
    assert not re.search(r"pip3? install (?:-\S+ )*[\"']?hwbench(?!-toolkit)\b", page.read_text())
