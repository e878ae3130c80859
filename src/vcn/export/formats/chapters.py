"""WebVTT chapters: who is on screen, as the chapters of a player."""

from __future__ import annotations

from html import escape

from vcn.export.excerpt import Excerpt, Rendered
from vcn.export.formats.webvtt import cues
from vcn.export.spans import Span
from vcn.export.text import changed, one_line


def render(excerpt: Excerpt) -> Rendered:
    """A chapter an appearance, with the name as its title."""
    notes = changed((s.name for s in excerpt.subjects), one_line)
    return Rendered(cues(excerpt, _title).content, notes)


def _title(excerpt: Excerpt, span: Span) -> str:
    return escape(one_line(excerpt.name(span)), quote=False)
