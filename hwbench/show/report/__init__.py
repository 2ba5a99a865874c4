"""Records in, one self-contained page or pictures out: the extra `report`, imported only where a picture is asked for.

`picture` holds what travels (a picture, a table, a section), `looks` how all pictures look, `render` what Vega makes of
them, `page` the page. Each other module draws the pictures of one subject from records alone, and times nothing.
"""

import importlib.util

LIBRARIES = ("altair", "vl_convert", "jinja2")
LACKING = "pictures need the extra `report`, which is not installed: pip install 'hwbench-toolkit[report]'"


def is_installed() -> bool:
    """Whether the libraries of the extra are there; nothing of them is imported."""
    return all(importlib.util.find_spec(name) is not None for name in LIBRARIES)
