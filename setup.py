"""What pyproject.toml cannot say: the C extension modules, and that `kernels/` is installed as `hwbench.kernels`."""

import sys
from pathlib import Path

from setuptools import find_packages, setup

sys.path.insert(0, str(Path(__file__).parent / "c_src"))
import build_native

setup(
    packages=[*find_packages(include=["hwbench", "hwbench.*"]), "hwbench.kernels", "hwbench.counting"],
    ext_modules=build_native.extensions(),
    cmdclass={"build_ext": build_native.BuildVariants},
)
