"""ELAN: a tier for each person with an annotation for each appearance."""

from __future__ import annotations

import mimetypes
import tempfile
from collections.abc import Iterable
from pathlib import Path

from vcn.export.excerpt import Excerpt, Rendered
from vcn.export.text import changed, xml_text
from vcn.export.timeline import film_url


def render(excerpt: Excerpt) -> Rendered:
    """An annotation document linked to the film; times are milliseconds from its start."""
    from pympi.Elan import Eaf

    document = Eaf(author="vcn")
    document.remove_tier("default")
    path, first = excerpt.film.video.path, excerpt.film.video.start_seconds
    kind = mimetypes.guess_type(path)[0] or "unknown"
    document.add_linked_file(film_url(path), relpath=Path(path).name, mimetype=kind)
    tiers = tier_names(xml_text(subject.name) for subject in excerpt.subjects)
    for index, subject in enumerate(excerpt.subjects):
        document.add_tier(tiers[index])
        for span in excerpt.of(index):
            start = round((span.start_seconds - first) * 1000)
            end = max(round((span.end_seconds - first) * 1000), start + 1)
            document.add_annotation(tiers[index], start, end, xml_text(subject.name))
    notes = changed((s.name for s in excerpt.subjects), xml_text)
    with tempfile.TemporaryDirectory(prefix="vcn-") as folder:  # pympi writes files only
        file = Path(folder) / "people.eaf"
        document.to_file(str(file))
        return Rendered(file.read_bytes(), notes)


def tier_names(names: Iterable[str]) -> list[str]:
    """The names, the second of the same called "Anna (2)": a tier's name is its key."""
    found: dict[str, None] = {}
    for name in names:
        given, number = name, 1
        while given in found:
            number += 1
            given = f"{name} ({number})"
        found[given] = None
    return list(found)
