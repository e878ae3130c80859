"""``vcn compare``: several systems on the same tracks of one film, on one page."""
