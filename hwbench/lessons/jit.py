"""The jit policy of the lessons' numba twins: as that of the kernels, but never cached on disk.

A twin is compiled anew for each build (with and without vectors), and numba's cache does not tell those apart.
"""

from __future__ import annotations

import numba

twin = numba.njit(nogil=True, boundscheck=False, fastmath=False, error_model="numpy")
