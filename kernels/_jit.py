"""The one jit policy of all twins: no Python inside, no bounds checks, the GIL released, strict arithmetic, cached on disk."""

import numba

kernel = numba.njit(nogil=True, cache=True, boundscheck=False, fastmath=False, error_model="numpy")
