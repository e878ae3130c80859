"""How well one labelling of samples agrees with another: pure functions of two arrays.

Every function takes `truth` and `predicted`, both (N,): one label a sample (a track,
or a face), integers or strings. Label values mean nothing beyond being equal or not,
so -1 (unknown) is a label like any other here; whoever wants the unknown group left
out drops those samples first. Everything is computed from the sparse contingency
table (at most N cells), so memory is O(N) and there is no N x N matrix.

Values that a formula leaves open follow scikit-learn (one identity found as one
cluster scores 1.0), and are said in each docstring. What has no sensible value is
None, never NaN; no samples at all is a DataError.

Papers: VCN = VideoClusterNet, BCL = Ball Cluster Learning, MF = Multi-Face, RAD =
RAD-Net, as in `papers/`.
"""

from vcn.scores.assignment import assign, character
from vcn.scores.definitions import DEFINITIONS, PRF, Definition, PairScores, Scores
from vcn.scores.information import Average, completeness, homogeneity, nmi, v_measure
from vcn.scores.overall import score
from vcn.scores.pairs import ari, bcubed, pairwise
from vcn.scores.purity import operator_clicks, over_clustering, pcr, wcp
from vcn.scores.resampling import Interval, bootstrap
from vcn.scores.table import Contingency, contingency

__all__ = [
    "DEFINITIONS",
    "PRF",
    "Average",
    "Contingency",
    "Definition",
    "Interval",
    "PairScores",
    "Scores",
    "ari",
    "assign",
    "bcubed",
    "bootstrap",
    "character",
    "completeness",
    "contingency",
    "homogeneity",
    "nmi",
    "operator_clicks",
    "over_clustering",
    "pairwise",
    "pcr",
    "score",
    "v_measure",
    "wcp",
]
