"""Films that share people."""

from __future__ import annotations

from dataclasses import dataclass

SEASON_VERSION = "1.0"
"""Version of season.json: a larger second number only adds, a larger first one breaks."""


@dataclass(frozen=True, slots=True)
class SeasonConfig:
    """How the people of many films are linked. All values are our choice."""

    looks: int = 4
    """Looks of a person in one film: what stays apart when a person's tracks are merged to so
    many."""
    dense_looks: int = 3000
    """Up to so many looks all pairs are compared; of more, each with its nearest."""
    neighbours: int = 24
    """Nearest looks that are candidates for being the same person."""
    group_neighbours: int = 12
    """The same of groups of looks."""
    drawn_looks: int = 32
    """Most looks of a group, drawn evenly, that are compared with those of another."""
    fit_looks: int = 800
    """Most looks on which it is learnt what a distance means: a quarter of all."""
    fit_least: int = 200
    """The least, where there are so many. Measured on three simulated seasons of 180 looks:
    with 60, 100 or all of them B-cubed F is .958, .956, .939, in .15, .16, .40 s."""
    prior_pairs: float = 5.0
    """Pairs that the prior of the share of pairs of one person counts as; one of them is one
    person."""
    tail_pairs: int = 100_000
    """Most pairs of looks that are seen together from which it is learnt how near strangers
    come."""
    tail_prior_pairs: float = 10_000.0
    """Pairs that `evidence.freedom` counts as, beside these: what is asked is how near one
    stranger of some ten thousand comes, of which fewer pairs say little."""
    refits: int = 1
    """How often what a distance means is learnt again, with the people found. Measured on the
    same: three times finds the same people."""
    least_seconds: float = 0.5
    """People seen for less are not shown on the page; season.json has all."""
    run_seconds: float = 600.0
    """Where more can work at once than there are films, a film is searched for faces in runs of
    shots of at least so long."""
    most_runs: int = 6
    """Most runs of a film: each decodes the film from its beginning."""
    attempts: int = 3
    """How often a film is begun whose worker dies."""
    answer_seconds: float = 5.0
    """How long a Ray address may take to answer."""
    faces: int = 6
    """Most answers of a search for a face."""
    suffixes: tuple[str, ...] = (
        *(".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".ts", ".m2ts", ".mts", ".mxf"),
        *(".mpg", ".mpeg", ".wmv", ".flv", ".ogv", ".3gp"),
    )
    """What the name of a film ends with, in a folder."""
