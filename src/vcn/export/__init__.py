"""Who is on screen when, for other programs: a file a format, one selection for all.

`registry` lists the formats; `selection` says which people and stretches of the film are
exported; `excerpt` applies it to a result; a file in `formats` writes one format.
Importing this package loads nothing: the command line lists the formats at every start.
"""
