"""The order in which the lessons are taught: later ones stand on earlier ones."""

from __future__ import annotations

from typing import Final

ORDER: Final = (
    # Caches
    "cache_levels",
    "cache_line",
    "access_order",
    "pointer_chasing",
    "memory_level_parallelism",
    "cache_conflicts",
    "false_sharing",
    "loop_order",
    "data_layout",
    "packing",
    "search_layouts",
    "list_array_hash",
    "bandwidth_saturation",
    "write_combining",
    "software_prefetch",
    "store_forwarding",
    "aliasing_4k",
    "split_loads",
    # Translation
    "tlb_reach",
    "huge_pages",
    "page_faults",
    # Branches
    "branch_prediction",
    "branchless",
    "lookup_tables",
    "indirect_targets",
    "virtual_calls",
    # Execution
    "dependency_chains",
    "accumulators",
    "integer_division",
    "denormals",
    "restrict",
    "vectorisation",
    "vector_layouts",
    "vectorisation_blockers",
    "gather",
    "reduction_order",
    # Systems
    "allocation",
    "system_calls",
    "fsync",
    "context_switches",
    "atomics",
    # Python
    "boxed_numbers",
    "shuffled_objects",
    "layers",
    "numpy_strides",
    "numpy_temporaries",
    "numba_pays",
    "reference_counts",
    # Engines
    "growth",
    "hash_join",
    "query_compilation",
    "column_store",
    "transactions",
    # Measuring
    "clock_resolution",
    "deleted_loop",
    "noise_minimum",
    "warm_cold",
)
