"""What every page that vcn writes is made with: templates, and the policy of the page."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jinja2 import Environment


def templates(folder: Path) -> Environment:
    """The templates of a folder; text from outside is escaped, and a missing name fails."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def fingerprint(text: str) -> str:
    """A style or script of ours, as the policy names it."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def policy(style: str, script: str = "") -> str:
    """The content security policy: pictures from inside, our style, our script, no more."""
    scripts = f"script-src '{fingerprint(script)}'; " if script else ""
    return (
        f"default-src 'none'; img-src data:; style-src '{fingerprint(style)}'; {scripts}"
        "base-uri 'none'; form-action 'none'"
    )
