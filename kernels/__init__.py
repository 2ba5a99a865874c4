"""The numba twins of the C kernels in `c_src/`: the same stems, the same names, the same results.

A kernel is a leaf: it takes plain arrays and integers (the number of repeats last), returns a checksum and allocates nothing.
Modules are imported one by one, since each import of a stem costs numba's half second.
"""
