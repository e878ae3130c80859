"""``vcn compare``: where systems disagree, the page in a browser, and bad input."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from chromium import PROGRAM, chromium
from film_results import film

from vcn.compare.answers import Answer, agreement, counterparts, disagreements, scored
from vcn.compare.page import render, write_page
from vcn.compare.run import Comparison, asked, told
from vcn.config import CompareConfig, MethodConfig, RunConfig
from vcn.errors import OutputError
from vcn.types import Clustering

Cli = Callable[..., tuple[int, str, str]]

EVIL = "<script>window.bad=1</script>\"'&{{7*7}}"


def people(*labels: int) -> Clustering:
    return Clustering.from_labels(labels)


def test_counterparts_share_the_most_tracks() -> None:
    first, second = people(0, 0, 0, 1, 1, 2, -1), people(0, 0, 1, 1, 1, -1, 2)
    assert counterparts(first, second) == {0: 0, 1: 1}
    assert counterparts(people(-1), people(0)) == {}


def test_disagreements_are_the_other_tracks() -> None:
    first, second = people(0, 0, 0, 1, 1, 2, -1, -1), people(0, 0, 1, 1, 1, -1, 2, -1)
    found = {(g.first, g.second): g.tracks.tolist() for g in disagreements(first, second)}
    assert found == {(0, 1): [2], (2, -1): [5], (-1, 2): [6]}
    assert disagreements(first, first) == []
    split = disagreements(people(0, 0, 0, 0, 0), people(0, 0, 0, 1, 1))
    assert [(g.first, g.second, g.tracks.tolist()) for g in split] == [(0, 1, [3, 4])]


def test_agreement_is_symmetric_and_1_with_itself() -> None:
    answers = [
        Answer("a", "", people(0, 0, 1, 1), 0.0),
        Answer("b", "", people(0, 0, 0, 1), 0.0),
        Answer("c", "", people(0, 1, 2, 3), 0.0),
    ]
    table = agreement(answers)
    assert table[0][0] == table[1][1] == 1.0
    # a joins 2 pairs, b 3; they share 1: P 1/3, R 1/2.
    assert table[0][1] == table[1][0] == pytest.approx(2 * (1 / 3) * (1 / 2) / (1 / 3 + 1 / 2))


def test_scores_leave_out_whom_nobody_knows() -> None:
    answer = Answer("a", "", people(0, 0, 1, -1), 0.0)
    found = scored(answer, np.array([0, 0, -1, 1]))
    assert found is not None
    assert (found.b3_f, found.n_true, found.n_samples) == (1.0, 2, 3)
    assert scored(answer, np.full(4, -1)) is None


def test_each_system_is_told_what_it_can_use() -> None:
    config = replace(RunConfig(), method=MethodConfig("vcn", 5, 0.7))
    assert told("vcn", config) == MethodConfig("vcn")
    assert told("tsiam", config) == MethodConfig("tsiam", n_people=5)
    assert told("dbscan", config) == MethodConfig("dbscan", threshold=0.7)
    assert told("c1c", replace(config, method=MethodConfig())) == MethodConfig("c1c")


def comparison(names: tuple[str, ...] | None = ("Anna", "Anna", "Ben", "", EVIL)) -> Comparison:
    result = film(
        n_frames=250,
        cuts=[100],
        tracks=[(0, 40, 0), (50, 90, 0), (100, 140, 1), (100, 140, 2), (150, 190, 1)],
        path=f"/films/{EVIL}.mp4",
    )
    answers = (
        Answer("vcn", "finds it", people(0, 0, 1, 2, 1), 1.25),
        Answer("tsiam", "told: 2 people", people(0, 1, 1, 1, 1), 0.5),
        Answer(EVIL, "finds it", people(-1, -1, -1, -1, -1), 0.0),
    )
    truth = None if names is None else np.array([0, 0, 1, -1, 2])
    return Comparison(result, answers, names, truth)


def test_a_checkpoint_is_for_what_was_trained_elsewhere() -> None:
    """Beside bcl, vcn adapts itself as always: a file of `vcn train` is not one of its own."""
    config = replace(RunConfig(), checkpoint="bcl.safetensors", method=MethodConfig(n_people=3))
    assert asked("bcl", config).checkpoint == "bcl.safetensors"
    assert asked("bcl", config).method == MethodConfig("bcl", n_people=3)
    assert asked("vcn", config).checkpoint is None
    assert asked("vcn", config).method == MethodConfig("vcn")


def test_the_page_holds_everything_and_no_text_from_outside_as_code() -> None:
    text = render(comparison(), CompareConfig()).decode()
    assert "<script" not in text
    assert "&lt;script&gt;" in text
    assert "told: 2 people" in text
    assert text.count('<th scope="row">') == 6  # systems, and the table of agreement
    assert not re.search(r"(src|href)=\"(?!data:image/jpeg;base64,|#)", text)
    assert render(comparison(), CompareConfig()).decode() == text
    assert "B3-F" not in render(comparison(None), CompareConfig()).decode()


def test_long_names_break_at_their_parts_and_are_told_whole() -> None:
    evil = "<b>_of</b>"
    page = render(comparison(("man_grey", "Anna", "Ben", "", evil)), CompareConfig()).decode()
    assert "<span>man_<wbr>grey</span>" in page
    assert "<span>&lt;b&gt;_<wbr>of&lt;/b&gt;</span>" in page
    assert 'title="man_grey, track 0 at ' in page
    assert evil not in page


def test_many_groups_are_counted() -> None:
    text = render(comparison(), CompareConfig(faces=1, groups=1)).decode()
    assert "smaller groups" in text
    assert re.search(r'class="more">\+\d', text)


def test_a_page_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="cannot write"):
        write_page(comparison(), tmp_path / "none" / "page.html", CompareConfig())


@pytest.mark.skipif(PROGRAM is None, reason="no chromium")
@pytest.mark.parametrize(("width", "dark"), [(1200, False), (420, True)])
def test_in_a_browser(tmp_path: Path, width: int, dark: bool) -> None:
    path = tmp_path / "page.html"
    write_page(comparison(), path, CompareConfig())
    with chromium() as page:
        page.open(path, width=width, height=900, dark=dark)
        assert page.complaints() == []
        assert page.requests() == [path.as_uri()]
        assert page.run("document.documentElement.scrollWidth") <= width
        assert page.run("document.images.length") > 5
        assert page.run("[...document.images].every(image => image.naturalWidth > 0)")
        assert page.run("window.bad === undefined")
        assert page.run("document.querySelectorAll('#disagree .group').length") > 0


def test_a_film(short_film: Path, tmp_path: Path, run: Cli) -> None:
    page = tmp_path / "page.html"
    run_ = ("compare", short_film, "-o", page, "--work-dir", tmp_path / "work", "-q")
    run_ = (*run_, "--method", "hac", "--method", "finch-1")
    code, _, err = run(*run_)
    assert (code, err.count("\n")) == (2, 1)
    assert "hac does not find the number of people itself" in err
    assert not page.exists()
    settings = (word for n in ("iterations", "first_epochs") for word in ("--set", f"adapt.{n}=1"))
    code, _, err = run(*run_, "--n-people", 1, "--method", "vcn-paper", *settings)
    assert (code, err) == (0, "")
    text = page.read_text()
    assert '<th scope="row">vcn-paper (head mode)</th>' in text  # the paper trains all of it
    assert "told: 1 person" in text
    assert "<strong>hac</strong> and <strong>finch-1</strong>" in text


@pytest.mark.parametrize(
    ("methods", "message"),
    [
        (("vcn",), "nothing to compare"),
        (("vcn", "vcn"), "named twice"),
        (("vcn", "k-means"), "no method 'k-means'"),
    ],
)
def test_what_cannot_be_compared(
    methods: tuple[str, ...], message: str, short_film: Path, run: Cli
) -> None:
    code, _, err = run("compare", short_film, *(a for m in methods for a in ("--method", m)))
    assert (code, err.count("\n")) == (2, 1)
    assert message in err
    code, _, err = run("compare", "none.mp4", "--method", "vcn", "--method", "hac")
    assert (code, err) == (3, "vcn: there is no file none.mp4. Check the path\n")
