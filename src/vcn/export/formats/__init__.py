"""A file a format; `vcn.export.registry` lists them."""
