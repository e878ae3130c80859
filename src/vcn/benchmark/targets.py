"""What the method must reach (issue 4), checked against a table."""

from __future__ import annotations

from dataclasses import dataclass

from vcn.benchmark.table import Summary, Table


@dataclass(frozen=True, slots=True)
class Target:
    """One thing to reach."""

    what: str
    measured: str
    reached: bool


ORACLE = "hac-oracle"
FIXED = "hac-fixed"
MOST_BELOW = 0.03
"""How far below the oracle one film may lie."""
PEOPLE = (0.8, 1.25)
"""Predicted / true people of every film of at least `FROM_PEOPLE` people."""
FROM_PEOPLE = 5
SPREAD = 0.02
"""Largest standard deviation of B-cubed F over seeds."""


def targets(table: Table, method: str = "vcn") -> tuple[Target, ...]:
    """Each target with what was measured; none where the table lacks one of the methods."""
    # The bars on the films that the method was measured on, and no others.
    measured = {row.film for row in table.rows if row.method == method}
    table = Table(tuple(row for row in table.rows if row.film in measured), table.protocol)
    overall = {summary.method: summary for summary in table.overall()}
    if not {method, ORACLE} <= set(overall):
        return ()
    out = []
    for name, title in (("b3_f", "B3-F"), ("nmi", "NMI")):
        own, bar = getattr(overall[method], name), getattr(overall[ORACLE], name)
        out.append(
            Target(
                f"mean {title} at least that of {ORACLE}", f"{own:.3f}, bar {bar:.3f}", own >= bar
            )
        )
        gaps = {
            film: getattr(own_film, name) - getattr(bar_film, name)
            for film, own_film, bar_film in _pairs(table.by_film(), method, ORACLE)
        }
        film = min(gaps, key=lambda key: gaps[key])
        out.append(
            Target(
                f"{title} on no film more than {MOST_BELOW} below {ORACLE}",
                f"{gaps[film]:+.3f} on {film}",
                gaps[film] >= -MOST_BELOW,
            )
        )
    crowd = {row.film for row in table.rows if row.n_people >= FROM_PEOPLE}
    ratio = {s.group: s.pcr for s in table.by_film() if s.method == method and s.group in crowd}
    if ratio:
        low, high = min(ratio, key=lambda key: ratio[key]), max(ratio, key=lambda key: ratio[key])
        out.append(
            Target(
                f"predicted / true people from {PEOPLE[0]} to {PEOPLE[1]} on every film of at "
                f"least {FROM_PEOPLE} people",
                f"{ratio[low]:.2f} ({low}) to {ratio[high]:.2f} ({high})",
                PEOPLE[0] <= ratio[low] and ratio[high] <= PEOPLE[1],
            )
        )
    for level, own_level, bar_level in _pairs(table.by_level(), method, FIXED):
        gain = own_level.b3_f - bar_level.b3_f
        spread = max(own_level.b3_f_spread, bar_level.b3_f_spread)
        out.append(
            Target(
                f"{level}: B3-F above {FIXED} by more than the spread",
                f"{gain:+.3f}, spread {spread:.3f}",
                gain > spread,
            )
        )
    spreads = {s.group: s.b3_f_spread for s in table.by_film() if s.method == method}
    film = max(spreads, key=lambda key: spreads[key])
    out.append(
        Target(
            f"deviation of B3-F over seeds at most {SPREAD} on every film",
            f"{spreads[film]:.3f} on {film}",
            spreads[film] <= SPREAD,
        )
    )
    return tuple(out)


def _pairs(
    summaries: tuple[Summary, ...], method: str, bar: str
) -> tuple[tuple[str, Summary, Summary], ...]:
    cells = {(summary.group, summary.method): summary for summary in summaries}
    groups = dict.fromkeys(summary.group for summary in summaries)
    return tuple(
        (group, cells[group, method], cells[group, bar])
        for group in groups
        if (group, method) in cells and (group, bar) in cells
    )
