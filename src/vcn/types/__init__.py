"""The values that flow through vcn: frozen, validated once, then trusted.

Arrays are stored read-only. Shapes use N = faces or crops, T = tracks, F = frames
of the film, D = embedding width.
"""

from __future__ import annotations

from vcn.types.arrays import UNKNOWN, BoolArray, Float64Array, FloatArray, ImageArray, IntArray
from vcn.types.faces import Crops, Embeddings, Quality, Reason, Track
from vcn.types.figures import Bodies, Figures
from vcn.types.film import Certain, TrackFilm
from vcn.types.people import Clustering, LossMetric, Merge
from vcn.types.result import CastNames, Corrected, FilmResult, Likely, RunManifest
from vcn.types.setting import Setting, SetUps
from vcn.types.sound import Heard, Speakers, Speech
from vcn.types.time import FrameTime, Shot, Timeline, VideoInfo, check_shots
from vcn.types.why import Why

__all__ = [
    "UNKNOWN",
    "Bodies",
    "BoolArray",
    "CastNames",
    "Certain",
    "Clustering",
    "Corrected",
    "Crops",
    "Embeddings",
    "Figures",
    "FilmResult",
    "Float64Array",
    "FloatArray",
    "FrameTime",
    "Heard",
    "ImageArray",
    "IntArray",
    "Likely",
    "LossMetric",
    "Merge",
    "Quality",
    "Reason",
    "RunManifest",
    "SetUps",
    "Setting",
    "Shot",
    "Speakers",
    "Speech",
    "Timeline",
    "Track",
    "TrackFilm",
    "VideoInfo",
    "Why",
    "check_shots",
]
