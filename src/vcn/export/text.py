"""What a format can hold of a name, and saying so where it is less."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_BREAKS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
_SHOWN = 40


def one_line(text: str) -> str:
    """Without line breaks, tabs, control characters and halves of surrogate pairs.

    Joiners stay: names in Persian and Hindi need them, and so do emoji.
    """
    return _BREAKS.sub(" ", text).strip()


def xml_text(text: str) -> str:
    """Without what XML 1.0 has no place for: control characters and halves of pairs."""
    return _NOT_XML.sub("\ufffd", text)


def changed(names: Iterable[str], clean: Callable[[str], str]) -> tuple[str, ...]:
    """A note for each name that a format writes otherwise."""
    return tuple(
        f"{_short(name)!r} is written as {_short(clean(name))!r}"
        for name in dict.fromkeys(names)
        if clean(name) != name
    )


def _short(name: str) -> str:
    return name if len(name) <= _SHOWN else f"{name[: _SHOWN - 3]}..."
