"""`make bench`: is a season that is linked as good as all its films clustered at once?"""

from __future__ import annotations

import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path

import pytest

from vcn.benchmark import suite
from vcn.benchmark.archive import ArchiveRecipe, link_archive, make_archive
from vcn.benchmark.clips import Clip
from vcn.benchmark.photos import load_photos
from vcn.benchmark.seasons import (
    Measured,
    SeasonRecipe,
    all_at_once,
    by_linking,
    cut_in_two,
    embed_photos,
    simulate_season,
)
from vcn.benchmark.sources import LabelledFilm
from vcn.config import RunConfig, SeasonConfig

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"
CONFIG = replace(RunConfig(device="cpu"), adapt=replace(RunConfig().adapt, mode="off"))
LEVELS = ("clean", "degraded", "hard")
TEN = SeasonRecipe(10, 20, 5, LEVELS, light=(0.7, 1.8), cast_of_light=0.12)
TWENTY = SeasonRecipe(21, 40, 6, LEVELS, light=(0.7, 1.8), cast_of_light=0.12, again=True)
SEEDS = (0, 1, 2, 3, 4, 5)
CLIPS = suite.CLIPS
WORSE = 0.01
"""By how much linking may be worse."""
SHARE = 0.1
"""Of the time of clustering all at once that linking may take."""
DEARER = 1.5
"""How much more a film may cost that is added to twenty."""
ARCHIVE = ArchiveRecipe(
    *(1000, 50, 4),
    pool=25,
    zipf=0.7,
    dimensions=40,
    noise=0.6,
    light=0.3,
    together=60,
)
MOST_SECONDS, MOST_MEMORY = 300.0, 4.0
"""For 200,000 looks, in seconds and GB."""

_HEAD = """# Seasons: linked film by film, or all films at once

`make bench` writes this. Each film is clustered on its own and its people are linked
(`vcn season`), beside the tracks of all films clustered as those of one film; both by faces
alone with the pack `open`, adaptation off. B-cubed F over labelled tracks, an unknown track
counted as alone; processor seconds of linking, of clustering the films before it, and of
clustering all at once. Simulated: people of the photographs of `faces/` in several films,
each film with light of its own and with photographs of each person that resemble each other
(a look), no photograph in two films but in the season of 20. Clips are labelled films whose
tracks are cut into two films by time.

| season | films | tracks | linked F (P, R) | people | all at once F (P, R) | people | link s \
| films s | at once s |
|---|---|---|---|---|---|---|---|---|---|
"""


def row(name: str, films: list[LabelledFilm], ours: Measured, theirs: Measured) -> str:
    def score(m: Measured) -> str:
        return f"{m.f:.3f} ({m.precision:.3f}, {m.recall:.3f}) | {m.n_people}"

    n_tracks = sum(film.film.n_tracks for film in films)
    return (
        f"| {name} | {len(films)} | {n_tracks} | {score(ours)} | {score(theirs)} | "
        f"{ours.seconds:.2f} | {ours.seconds_of_films:.2f} | {theirs.seconds:.2f} |\n"
    )


@pytest.mark.bench
def test_linking_is_as_good_as_all_at_once(shared_data: Path) -> None:
    embed, faces = suite.embedder(CONFIG), shared_data / "faces"
    space = embed_photos(load_photos(faces), embed)
    season = SeasonConfig()
    lines, gaps = [], []

    def compare(name: str, films: list[LabelledFilm], seed: int = 0) -> tuple[Measured, Measured]:
        ours, theirs = by_linking(films, CONFIG, season, seed), all_at_once(films, CONFIG, seed)
        lines.append(row(name, films, ours, theirs))
        gaps.append(theirs.f - ours.f)
        return ours, theirs

    for seed in SEEDS:
        films = simulate_season(faces, TEN, seed, embed, space)
        compare(f"simulated, seed {seed}", films, seed)
    twenty = simulate_season(faces, TWENTY, 0, embed, space)
    ours, theirs = compare("simulated, photographs again, seed 0", twenty[:20])
    for name in CLIPS:
        clip = shared_data / "clips" / f"{name}.mp4"
        begin = time.process_time()
        found = Clip(clip, clip.with_name(f"{name}.labels.csv"), CONFIG).load(0, with_crops=True)
        film = time.process_time() - begin
        compare(f"{name}.mp4 in two", cut_in_two(found))
    more = by_linking(twenty, CONFIG, season, 0)
    share = ours.seconds / theirs.seconds
    added = (film + more.seconds) / film
    mean = sum(gaps) / len(gaps)
    put(
        _HEAD
        + "".join(lines)
        + f"\nMean F of all at once minus that of linking: {mean:+.3f} (largest {max(gaps):+.3f}; "
        f"asked for: at most {WORSE:+.2f}). Linking 20 films takes {share:.2f} of the time of "
        f"clustering them all at once (asked for: at most {SHARE}). A film that is added to "
        f"20: reading {CLIPS[-1]}.mp4 and embedding its faces takes {film:.0f} s, linking 21 films "
        f"{more.seconds:.1f} s: {added:.2f} of that film alone (asked for: at most {DEARER}).\n",
        0,
    )
    assert mean <= WORSE


_MANY = """
Made-up looks (`src/vcn/benchmark/archive.py`, seed {seed}): {n_films} films of 50 people with four
looks each, a Parquet file a film, read and linked by one process.

| looks | true people | found | B-cubed F (P, R) | s | processor s | memory, GB |
|---|---|---|---|---|---|---|
| {m.looks} | {m.people} | {m.found} | {m.f:.3f} ({m.precision:.3f}, {m.recall:.3f}) \
| {m.seconds:.0f} | {m.processor_seconds:.0f} | {m.gigabytes:.1f} |

Asked for: under {most:.0f} s and {memory:.0f} GB on two cores.
"""


@pytest.mark.bench
def test_very_many_looks_are_linked(tmp_path: Path) -> None:
    recipe = ARCHIVE
    make_archive(recipe, 0, tmp_path / "films")
    # A process of its own: the memory is its own.
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        found = pool.submit(link_archive, tmp_path / "films", recipe, 0).result()
    put(
        _MANY.format(
            seed=0, n_films=ARCHIVE.n_films, m=found, most=MOST_SECONDS, memory=MOST_MEMORY
        ),
        1,
    )
    assert found.seconds < MOST_SECONDS
    assert found.gigabytes < MOST_MEMORY


def put(text: str, number: int) -> None:
    """Write a part of the page, and leave the other as it is."""
    page = BENCHMARKS / "season.md"
    parts = page.read_text(encoding="utf-8").split(_SECOND) if page.exists() else []
    parts = [*parts, "", ""][:2]
    parts[number] = text
    page.write_text(_SECOND.join(parts), encoding="utf-8")


_SECOND = "\n## Very many looks\n"
