"""What the papers print, and which of our systems stands for each of their rows.

A block has a line for each row and score: title of the row = our system, mode of K, name of
the score, then a value for each column, "-" where the paper prints none.
"""

# ruff: noqa: E501 - a printed row stays a line
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Layout = Literal["bbt", "movies", "vpcd", "multi-face"]
Score = Literal["#Ch", "#T", "#Cl", "NMI", "WCP", "PCR", "V", "accuracy", "TPR", "CP", "CR"]


@dataclass(frozen=True, slots=True)
class PublishedRow:
    """One printed row of one score."""

    title: str
    system: str
    k: str
    """Mode of K that our system runs in (`vcn.methods.registry.K`)."""
    score: str
    values: tuple[float | None, ...]
    """Of each column; as printed: percent where the paper has percent."""


@dataclass(frozen=True, slots=True)
class PublishedTable:
    """One table of a paper."""

    name: str
    title: str
    layout: Layout
    columns: tuple[str, ...]
    """Films; of several joined ones `bbt`, `buffy`, `both`; `mean` of the others."""
    rows: tuple[PublishedRow, ...]
    assumed: tuple[str, ...]
    """What the paper or its data leaves open, and what we did."""
    named_only: bool = False
    """Tracks of people named `unknown...` are left out."""


def _rows(block: str) -> tuple[PublishedRow, ...]:
    out = []
    for line in block.strip().splitlines():
        title, rest = line.split("=")
        system, k, score, *values = rest.split()
        numbers = tuple(None if value == "-" else float(value) for value in values)
        out.append(PublishedRow(title.strip(), system, k, score, numbers))
    return tuple(out)


EPISODES = (
    *(f"bbt_s01e0{n}" for n in range(1, 7)),
    *(f"buffy_s05e0{n}" for n in range(1, 7)),
)
MOVIES = (
    "elephants-journey",
    "armed-response",
    "angel-of-the-skies",
    "death-do-us-part",
    "american-fright-fest",
    "the-fortress",
    "under-the-shadow",
    "the-hidden-soldier",
    "smart-chase",
)
_BASE = "the features are what --data holds; the paper has ArcFace-R100 (512 values)"
_HEAD = "heads on fixed features are adapted (the paper trains the whole model on pictures)"
_HINDSIGHT = "one threshold, best in hindsight over all films (the paper: best over its data set)"
_MOVIES = (
    "MovieFaceCluster is published as tracks and boxes, its layout was not at hand: NAME.npz of "
    "features, or NAME.mp4 with NAME.labels.csv, whose tracks are then our own"
)

TABLES: Mapping[str, PublishedTable] = {
    table.name: table
    for table in (
        PublishedTable(
            "bcl-table-5",
            "Ball Cluster Learning, table 5: all tracks, number of people not known",
            "bbt",
            (*EPISODES, "bbt", "buffy", "both"),
            _rows(
                """
data = data none #Ch 8 6 26 28 25 37 13 22 15 32 38 45 103 109 212
data = data none #T 656 615 660 613 524 840 795 993 1194 898 840 1112 3908 5832 9740
cross-entropy = bcl-cross-entropy none #Cl 23 24 37 38 26 37 43 39 58 56 49 52 130 194 323
cross-entropy = bcl-cross-entropy none NMI 67.42 64.57 64.87 69.73 72.52 63.02 63.14 59.58 59.07 61.44 60.52 61.78 57.91 55.58 60.33
cross-entropy = bcl-cross-entropy none WCP 96.80 90.57 86.36 87.93 86.83 73.81 86.67 69.99 78.48 79.73 78.10 70.68 86.59 74.57 76.05
LDML = bcl-ldml none #Cl 14 15 19 25 20 30 25 31 28 29 31 30 62 82 116
LDML = bcl-ldml none NMI 66.42 53.21 66.59 65.33 73.06 55.77 63.57 53.38 58.54 59.52 52.68 56.50 53.15 50.65 51.97
LDML = bcl-ldml none WCP 92.23 82.28 74.70 79.61 86.07 62.86 83.02 58.71 71.69 67.59 59.17 59.80 74.33 61.01 58.14
contrastive = bcl-contrastive none #Cl 14 13 17 22 19 32 22 30 26 29 29 27 60 71 110
contrastive = bcl-contrastive none NMI 62.45 63.69 61.77 65.55 71.38 55.68 61.00 53.94 58.15 53.42 53.59 52.01 58.94 49.15 51.53
contrastive = bcl-contrastive none WCP 90.70 86.99 64.85 76.35 75.57 65.95 77.86 56.09 67.59 60.80 62.02 50.36 77.53 57.30 48.81
triplet = bcl-triplet none #Cl 9 12 15 16 13 23 23 24 25 22 23 26 51 73 111
triplet = bcl-triplet none NMI 88.13 71.23 79.83 76.71 85.77 69.34 73.60 64.22 66.24 63.61 67.88 65.49 67.94 59.74 64.79
triplet = bcl-triplet none WCP 98.48 95.28 90.15 83.69 89.69 76.67 88.68 67.77 81.99 69.71 77.74 68.71 87.31 68.69 71.34
prototypical = bcl-prototypical none #Cl 12 15 22 28 18 41 32 32 20 35 40 36 87 123 197
prototypical = bcl-prototypical none NMI 82.29 75.12 83.74 80.29 91.36 74.32 74.23 71.02 76.16 70.46 76.63 73.47 70.43 64.99 70.23
prototypical = bcl-prototypical none WCP 96.19 97.56 93.79 91.03 94.66 86.67 90.19 80.16 82.50 81.85 88.69 78.24 90.56 80.52 82.80
BCL = bcl none #Cl 7 8 16 18 11 23 17 16 18 22 26 22 47 71 116
BCL = bcl none NMI 95.81 87.25 88.38 76.59 92.21 74.19 81.78 77.60 77.64 78.13 79.72 78.15 73.22 71.23 75.32
BCL = bcl none WCP 98.63 98.54 90.61 86.95 89.12 81.07 92.08 79.76 84.00 84.97 89.05 80.58 89.36 83.62 82.81
BCL, fine-tuned = bcl-finetuned none #Cl 9 8 24 24 21 36 23 27 25 36 38 40 69 78 126
BCL, fine-tuned = bcl-finetuned none NMI 97.34 97.80 94.00 90.42 95.83 83.32 84.59 82.59 78.76 77.58 81.71 79.51 88.26 77.05 80.42
BCL, fine-tuned = bcl-finetuned none WCP 99.24 99.67 96.06 96.08 97.71 90.36 94.97 88.12 90.28 86.19 90.24 88.13 94.11 86.64 85.84
"""
            ),
            (
                "the row BCL needs the authors' checkpoint: found below --data, or --checkpoint",
                "the comparators were never released: train them (vcn train bcl-triplet ...)",
                "fine-tuning is our own procedure, and knows which tracks share a frame only "
                "from NAME.pairs",
            ),
        ),
        PublishedTable(
            "bcl-table-6",
            "Ball Cluster Learning, table 6: the number of people is known",
            "bbt",
            ("bbt", "buffy", "both"),
            _rows(
                """
BCL, HAC = bcl known_k NMI 70.6 69.1 72.5
BCL, HAC = bcl known_k WCP 93.0 85.3 86.2
PRO, HAC = bcl-prototypical known_k NMI 68.3 65.8 70.3
PRO, HAC = bcl-prototypical known_k WCP 91.1 80.0 83.3
"""
            ),
            ("its rows of K-means are not run",),
        ),
        PublishedTable(
            "vcn-table-1",
            "VideoClusterNet, table 1: WCP on BBT and Buffy",
            "bbt",
            (*EPISODES, "bbt", "buffy"),
            _rows(
                """
TSiam = tsiam known_k WCP 96.4 - - - - - - 92.46 - - - - - -
SSiam = ssiam known_k WCP 96.2 - - - - - - 90.87 - - - - - -
BCL = bcl none WCP 98.63 98.54 90.61 86.95 89.12 81.07 92.08 79.76 84.00 84.97 89.05 80.58 89.63 83.62
CCL = ccl known_k WCP 98.2 - - - - - - 92.1 - - - - - -
VCTRSF = vctrsf known_k WCP 99.39 99.84 97.58 96.41 98.47 93.33 - - - - - - 94.20 -
MvCorr = mvcorr known_k WCP - - - - - - - 97.7 - - - - - -
Ours = vcn none WCP 99.70 99.67 98.60 98.80 99.10 97.10 96.30 99.10 98.70 97.43 99.00 96.78 98.70 96.10
Ours = vcn-paper none WCP 99.70 99.67 98.60 98.80 99.10 97.10 96.30 99.10 98.70 97.43 99.00 96.78 98.70 96.10
"""
            ),
            (
                _BASE,
                _HEAD,
                "named people alone (its table 2 counts those); BCL's own numbers are of all "
                "tracks, and 89.63 is a misprint of 89.36",
                "VCTRSF's 94.20 is the NMI of another setting: its mean WCP is 97.50",
                "mvcorr is trained on the film itself where --checkpoint has none",
            ),
            named_only=True,
        ),
        PublishedTable(
            "vcn-table-3",
            "VideoClusterNet, table 3: MovieFaceCluster",
            "movies",
            MOVIES,
            _rows(
                """
TSiam = tsiam hindsight WCP 90.7 84.9 77.1 92.9 89.3 68.6 71.8 90.7 79.6
TSiam = tsiam hindsight PCR 1.44 1.36 0.62 1.57 0.83 0.69 2.11 1.33 1.70
SSiam = ssiam hindsight WCP 88.1 86.6 75.5 94.4 86.2 71.1 68.3 88.7 82.3
SSiam = ssiam hindsight PCR 1.61 1.21 0.59 1.28 0.78 0.73 2.33 1.24 1.80
JFRAC = jfrac-like hindsight WCP 91.4 85.2 73.4 90.8 91.5 65.3 73.1 92.6 85.8
JFRAC = jfrac-like hindsight PCR 1.33 1.50 0.62 0.71 0.86 0.77 2.00 1.19 1.70
CCL = ccl known_k WCP 89.5 89.7 75.0 95.4 87.2 62.7 77.4 84.0 89.9
VCTRSF = vctrsf known_k WCP 96.3 92.2 77.7 96.5 91.3 78.8 78.7 94.4 88.4
Ours = vcn none WCP 97.2 94.1 85.9 98.0 97.6 89.3 82.5 98.5 93.8
Ours = vcn none PCR 1.11 0.93 0.72 1.14 0.92 1.02 1.88 1.04 1.50
Ours = vcn-paper none WCP 97.2 94.1 85.9 98.0 97.6 89.3 82.5 98.5 93.8
Ours = vcn-paper none PCR 1.11 0.93 0.72 1.14 0.92 1.02 1.88 1.04 1.50
"""
            ),
            (_MOVIES, _BASE, _HEAD, _HINDSIGHT),
        ),
        PublishedTable(
            "vcn-table-4",
            "VideoClusterNet, table 4: The Hidden Soldier, HAC without and with fine-tuning",
            "movies",
            ("the-hidden-soldier",),
            _rows(
                """
Baseline = hac hindsight WCP 86.10
Ours, fine-tuned = hac-adapted hindsight WCP 91.52
"""
            ),
            (_MOVIES, _BASE, _HEAD, f"HAC: {_HINDSIGHT}; Euclidean distance of unit means"),
        ),
        PublishedTable(
            "vcn-table-5",
            "VideoClusterNet, table 5: The Hidden Soldier, clustering and metric",
            "movies",
            ("the-hidden-soldier",),
            _rows(
                """
HAC, cosine = hac-adapted hindsight WCP 91.52
HAC, cosine = hac-adapted hindsight PCR 1.43
Ours, cosine = vcn-paper-cosine none WCP 93.70
Ours, cosine = vcn-paper-cosine none PCR 2.0
Ours, Euclidean = vcn-paper-euclidean none WCP 96.50
Ours, Euclidean = vcn-paper-euclidean none PCR 3.5
Ours, loss = vcn-paper none WCP 98.50
Ours, loss = vcn-paper none PCR 1.04
Ours, loss = vcn none WCP 98.50
Ours, loss = vcn none PCR 1.04
"""
            ),
            (_MOVIES, _BASE, _HEAD, f"HAC: {_HINDSIGHT}; Euclidean distance of unit means"),
        ),
        PublishedTable(
            "vcn-table-6",
            "VideoClusterNet, table 6: The Hidden Soldier, base models",
            "movies",
            tuple(
                f"the-hidden-soldier.{model}"
                for model in ("farl", "vggface2", "arcface", "adaface")
            ),
            _rows(
                """
Baseline = hac hindsight WCP 78.7 84.2 86.1 86.9
Ours = vcn none WCP 90.2 95.7 98.5 98.4
Ours = vcn-paper none WCP 90.2 95.7 98.5 98.4
"""
            ),
            (
                _MOVIES,
                "NAME.MODEL.npz for each of the models farl, vggface2, arcface and adaface",
                _HEAD,
                f"HAC: {_HINDSIGHT}; Euclidean distance of unit means",
            ),
        ),
        *(
            PublishedTable(
                f"vcn-supplement-2{letter}",
                f"VideoClusterNet, supplement table 2: iterations, {movie}",
                "movies",
                (movie,),
                tuple(
                    PublishedRow(f"iteration {n}", f"vcn{kind}-iterations-{n}", "none", score, (v,))
                    for n, wcp, pcr in values
                    for kind in ("-paper", "")
                    for score, v in (("WCP", wcp), ("PCR", pcr))
                ),
                (_MOVIES, _BASE, _HEAD),
            )
            for letter, movie, values in (
                (
                    "a",
                    "the-hidden-soldier",
                    (
                        *((1, 52.56, 0.476), (2, 72.12, 0.571), (3, 91.38, 1.114)),
                        *((4, 96.93, 1.0), (5, 98.50, 1.048), (6, 98.41, 1.095)),
                        *((7, 98.47, 1.095), (8, 98.50, 1.19), (9, 98.50, 1.238)),
                        (10, 98.41, 1.238),
                    ),
                ),
                (
                    "b",
                    "elephants-journey",
                    (
                        *((1, 43.21, 0.388), (2, 82.94, 0.555), (3, 92.41, 0.667)),
                        *((4, 95.18, 0.889), (5, 97.20, 1.111), (6, 96.92, 1.167)),
                        *((7, 96.63, 1.167), (8, 97.05, 1.277), (9, 96.92, 1.238)),
                        (10, 97.05, 1.333),
                    ),
                ),
            )
        ),
        PublishedTable(
            "multi-face-table-2",
            "Multi-Face, table 2: TPR at 0.1 FPR over all pairs of tracks, mean of six videos",
            "multi-face",
            ("mean",),
            _rows(
                """
VggFace2 = features none TPR 92.5
ImpTriplet = imptriplet none TPR 91.4
MvCorr = mvcorr none TPR 93.7
"""
            ),
            (
                "features of the same videos as NAME.npz (aln, bff, dd2, hf, mt, nh); the layout "
                "of the published files was not at hand",
                "without --checkpoint the networks are trained on each film itself: not "
                "comparable with training on 240 others",
            ),
        ),
        PublishedTable(
            "multi-face-table-3",
            "Multi-Face, table 3: V-measure",
            "multi-face",
            ("aln", "bff", "dd2", "hf", "mt", "nh", "mean"),
            _rows(
                """
HAC VggFace2 = ward known_k V 83.2 95.3 82.6 76.7 88.6 79.5 84.3
HAC ImpTriplet = imptriplet known_k V 81.2 96.6 83.9 78.0 89.7 81.1 85.1
HAC MvCorr = mvcorr known_k V 86.8 97.6 85.7 82.2 92.1 84.0 88.1
AP VggFace2 = affinity none V 56.3 76.9 57.1 65.9 67.5 59.5 63.9
AP ImpTriplet = imptriplet-ap none V 57.4 77.9 58.8 67.7 68.9 60.6 65.2
AP MvCorr = mvcorr-ap none V 60.4 84.3 60.1 70.1 69.6 62.0 67.7
"""
            ),
            (
                "features of the same videos as NAME.npz; the layout of the published files was "
                "not at hand",
                "HAC is Ward's, as scikit-learn's default; affinity propagation of the features "
                "has damping .9, without which some films do not settle",
                "without --checkpoint the networks are trained on each film itself: not "
                "comparable with training on 240 others",
            ),
        ),
        PublishedTable(
            "multi-face-table-4",
            "Multi-Face, table 4: clustering accuracy",
            "multi-face",
            ("bff", "nh"),
            _rows(
                """
TSiam = tsiam known_k accuracy 92.5 -
Zhang'19 = jfrac-like known_k accuracy 92.1 99.0
MvCorr = mvcorr known_k accuracy 97.7 96.3
"""
            ),
            (
                "accuracy is the weighted purity of the clusters",
                "features as for multi-face-table-3",
            ),
        ),
        PublishedTable(
            "vpcd-faces",
            "MuHPC (Brown et al. 2021), VPCD, faces alone, number of people not known",
            "vpcd",
            ("TBBT", "Buffy", "Sherlock", "Friends"),
            _rows(
                """
MuHPC, faces = c1c none WCP 99.4 96.1 86.7 98.7
MuHPC, faces = c1c none NMI 97.8 92.8 60.3 94.9
MuHPC, faces = c1c none CP 87.8 85.6 79.1 98.1
MuHPC, faces = c1c none CR 88.6 85.5 71.2 94.0
"""
            ),
            (
                "MuHPC's first stage, run as C1C: its thresholds belong to its own face model",
                "means over the episodes of a programme",
                "VPCD does not say which tracks share a frame in what was at hand",
            ),
        ),
    )
}
"""The tables by name."""

DATA: Mapping[str, str] = {
    "bbt": "www.cs.toronto.edu/~makarand/downloads/bcl_iccv2019/features.tar.gz (519 MB) and the "
    "ids and checkpoint of github.com/makarandtapaswi/BallClustering_ICCV2019",
    "movies": "the link to MovieFaceCluster in the paper (ECCV 2024, footnote 4); the films "
    "themselves have to be bought",
    "vpcd": "www.robots.ox.ac.uk/~abrown/VPCD.tar.gz",
    "multi-face": "sail.usc.edu/~ccmi/multiface; About Last Night and Hidden Figures are also in "
    "VPCD",
}
"""Where the real data is to be had."""
