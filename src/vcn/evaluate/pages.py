"""evaluation.html, and the same content as a section of report.html.

Text from outside (names, paths) goes through jinja2's autoescape; the page's policy (CSP)
lets only its own style in, by its hash, and no script at all.
"""

from __future__ import annotations

import re
from pathlib import Path

from vcn.errors import DataError
from vcn.evaluate.evaluation import Evaluation
from vcn.evaluate.page_content import film_content, options, together
from vcn.report.page import fingerprint, policy, templates
from vcn.runtime.whole import replace_file

_TEMPLATE = Path(__file__).parent / "template"
_START, _END = "<!-- vcn evaluation -->", "<!-- end of vcn evaluation -->"
# The report's own style, and that of an evaluation added before; quotes are escaped there.
_HASH = r"(?:'|&#39;)sha256-[A-Za-z0-9+/=]{44}(?:'|&#39;)"
_STYLE_POLICY = re.compile(f"style-src ({_HASH})(?: {_HASH})?;")
_MAX_REPORT = 1 << 28


def write_page(evaluation: Evaluation, path: Path) -> None:
    """Write evaluation.html.

    Raises:
        OutputError: The file cannot be written; an earlier one is untouched.
    """
    replace_file(path, _render(evaluation, "page.html.j2"))


def add_to_report(evaluation: Evaluation, report: Path) -> None:
    """Put the evaluation before the end of a report's main part.

    Raises:
        DataError: The file cannot be read or is no report of vcn.
        OutputError: It cannot be written; it is then untouched.
    """
    hint = "Give the report.html that `vcn cluster` wrote."
    try:
        if report.stat().st_size > _MAX_REPORT:
            raise DataError(f"{report} is larger than {_MAX_REPORT >> 20} MB", hint)
        text = report.read_bytes().decode("utf-8")
    except OSError as error:
        raise DataError(f"cannot read {report}: {error.strerror or error}", hint) from error
    except UnicodeDecodeError as error:
        raise DataError(f"{report} is not a report of vcn: it is not UTF-8", hint) from error
    before, found, rest = text.partition(_START)
    if found:
        text = before + rest.partition(_END)[2].removeprefix("\n")
    styles = _STYLE_POLICY.search(text)
    at = text.rfind("</main>")
    if styles is None or at < 0:
        raise DataError(f"{report} is not a report of vcn", hint)
    section = _render(evaluation, "section.html.j2").decode("utf-8")
    ours = f"style-src {styles[1]} '{fingerprint(_style())}';"
    text = f"{text[:at]}{_START}\n{section}\n{_END}\n{text[at:]}"
    replace_file(report, text.replace(styles[0], ours, 1).encode("utf-8"))


def _render(evaluation: Evaluation, name: str) -> bytes:
    from markupsafe import Markup

    style = _style()
    films = [
        film_content(film, evaluation.config, number)
        for number, film in enumerate(evaluation.films, start=1)
    ]
    template = templates(_TEMPLATE).get_template(name)
    page = template.render(
        style=Markup(style),  # our own file, not text from outside
        policy=policy(style),
        films=films,
        together=together(evaluation) if len(films) > 1 else None,
        confidence=f"{evaluation.config.level:.0%}",
        options=options(evaluation.config),
    )
    return page.encode("utf-8", "replace")


def _style() -> str:
    return (_TEMPLATE / "evaluation.css").read_text(encoding="utf-8")
