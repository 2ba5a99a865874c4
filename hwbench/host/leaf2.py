"""The descriptors of CPUID leaf 2 that name data or unified translation buffers, for 4 KiB and 2 MiB pages.

Each descriptor gives rows of (page bytes, level, entries, ways; 0 ways: fully associative).
Source: Intel SDM volume 2A, table "Encoding of CPUID Leaf 2 Descriptors".
"""

from __future__ import annotations

from typing import Final

_4K: Final = 4 << 10
_2M: Final = 2 << 20

LEAF2_TLBS: Final[dict[int, tuple[tuple[int, int, int, int], ...]]] = {
    0x03: ((_4K, 1, 64, 4),),
    0x57: ((_4K, 1, 16, 4),),
    0x59: ((_4K, 1, 16, 0),),
    0x5A: ((_2M, 1, 32, 4),),
    0x5B: ((_4K, 1, 64, 0),),
    0x5C: ((_4K, 1, 128, 0),),
    0x5D: ((_4K, 1, 256, 0),),
    0x63: ((_2M, 1, 32, 4),),
    0x64: ((_4K, 1, 512, 4),),
    0x6B: ((_4K, 1, 256, 8),),
    0x6C: ((_2M, 1, 128, 8),),
    0xA0: ((_4K, 1, 32, 0),),
    0xB3: ((_4K, 1, 128, 4),),
    0xB4: ((_4K, 1, 256, 4),),
    0xBA: ((_4K, 1, 64, 4),),
    0xC0: ((_4K, 1, 8, 4),),
    0xC1: ((_4K, 2, 1024, 8), (_2M, 2, 1024, 8)),
    0xC2: ((_2M, 1, 16, 4),),
    0xC3: ((_4K, 2, 1536, 6), (_2M, 2, 1536, 6)),
    0xC4: ((_2M, 1, 32, 4),),
    0xCA: ((_4K, 2, 512, 4),),
}
