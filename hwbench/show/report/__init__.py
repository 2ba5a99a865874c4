"""Records in, one self-contained page or pictures out: the extra `report`, imported only where a picture is asked for.

`picture` holds what travels (a picture, a table, a section), `looks` how all pictures look, `render` what Vega makes of
them, `page` the page. Each other module draws the pictures of one subject from records alone, and times nothing.
"""
