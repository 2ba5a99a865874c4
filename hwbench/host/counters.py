"""Whether performance counters really work: an event is opened, run and read, not just looked up in a setting.

In virtual machines the system call is there and the hardware event is not (ENOENT, EOPNOTSUPP), or it opens and
counts nothing. Source: perf_event_open(2); Linux include/uapi/linux/perf_event.h.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
from typing import Final

SYSTEM_CALLS: Final = {"x86_64": 298, "aarch64": 241, "riscv64": 241, "loongarch64": 241, "ppc64le": 319, "s390x": 331}
EVENTS: Final = {"cycles": (0, 0), "page faults": (1, 2)}  # (type, config): hardware cycles; software page faults
COUNTS_NOTHING: Final = errno.ENODATA
REFUSALS: Final = {
    errno.ENODATA: "the cycle counter opens and stays 0",
    errno.ENOENT: "this processor, or its hypervisor, shows none",
    errno.EOPNOTSUPP: "this processor, or its hypervisor, shows none",
    errno.ENOSYS: "this system has no call for them",
    errno.EACCES: "the kernel forbids them",
    errno.EPERM: "the kernel or the container forbids them",
}
_EXCLUDE_KERNEL_AND_HYPERVISOR: Final = 1 << 5 | 1 << 6
_ATTRIBUTE_BYTES: Final = 64  # PERF_ATTR_SIZE_VER0, which every kernel takes
_TOUCHED_BYTES: Final = 1 << 18


def try_counter(event: str) -> int:
    """Open, run and read an event on this thread; return 0, or its refusal's errno (ENODATA: it counts nothing)."""
    number = SYSTEM_CALLS.get(platform.machine())
    if platform.system() != "Linux" or number is None:
        return errno.ENOSYS
    kind, config = EVENTS[event]
    attribute = struct.pack(
        "=IIQQQQQIIQ", kind, _ATTRIBUTE_BYTES, config, 0, 0, 0, _EXCLUDE_KERNEL_AND_HYPERVISOR, 0, 0, 0
    )
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        buffer = ctypes.create_string_buffer(attribute, _ATTRIBUTE_BYTES)
        descriptor = libc.syscall(ctypes.c_long(number), buffer, 0, -1, ctypes.c_int(-1), ctypes.c_ulong(0))
    except (OSError, AttributeError):
        return errno.ENOSYS
    return _run(descriptor) if descriptor >= 0 else ctypes.get_errno()


def _run(descriptor: int) -> int:
    """Do a little work that makes any of our events happen, and read the count."""
    try:
        bytes(bytearray(_TOUCHED_BYTES))
        count = int.from_bytes(os.read(descriptor, 8), "little")
    except OSError as error:
        return error.errno or errno.EIO
    finally:
        os.close(descriptor)
    return 0 if count else COUNTS_NOTHING
