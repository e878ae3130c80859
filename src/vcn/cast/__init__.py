"""Names for the people of a film: from photographs, and from people named in other films."""
