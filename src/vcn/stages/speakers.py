"""Give each utterance to the face that is seen to speak, with a probability."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vcn.config import VoiceConfig
from vcn.equations.speaking import mouth_evidence, speaker_probability
from vcn.types import Float64Array, FloatArray, IntArray, Speakers, Speech, Timeline, Track


def who_speaks(
    speech: Speech,
    tracks: Sequence[Track],
    timeline: Timeline,
    mouth_track: IntArray,
    mouth_frame: IntArray,
    moved: FloatArray,
    config: VoiceConfig,
) -> Speakers:
    """Who of those on screen speaks.

    Args:
        speech: What was heard.
        tracks: Every face.
        timeline: Times of the frames.
        mouth_track: (M,) track of each look at a mouth, not decreasing; M looks.
        mouth_frame: (M,) its frame, increasing within a track.
        moved: (M, 2) change of mouth and of eyes since the look before; negative: unknown.
        config: Weights and priors.
    """
    edges = np.append(timeline.pts, timeline.end_pts) * float(timeline.time_base)
    begin = np.array([edges[track.frame[0]] for track in tracks])
    end = np.array([edges[track.frame[-1] + 1] for track in tracks])
    looked = edges[mouth_frame]
    first = np.searchsorted(mouth_track, np.arange(len(tracks) + 1))
    speaker = np.full(len(speech), -1)
    probability = np.zeros(len(speech), np.float32)
    for u, (start, stop) in enumerate(zip(speech.start, speech.end, strict=True)):
        overlap = np.minimum(end, stop) - np.maximum(begin, start)
        coverage = np.clip(overlap / (stop - start), 0, 1)
        candidates = np.flatnonzero(coverage >= config.min_coverage)
        if not len(candidates):
            continue
        evidence = np.array(
            [
                _evidence(slice(first[t], first[t + 1]), looked, moved, start, stop, config)
                for t in candidates.tolist()
            ]
        )
        share = speaker_probability(evidence, coverage[candidates], config.off_screen)
        best = int(np.argmax(share))
        probability[u] = share[best]
        if share[best] >= config.min_probability:
            speaker[u] = candidates[best]
    return Speakers(speaker, probability)


def _evidence(
    rows: slice,
    looked: Float64Array,
    moved: FloatArray,
    start: float,
    stop: float,
    config: VoiceConfig,
) -> float:
    seconds, values = looked[rows], moved[rows].astype(np.float64)
    during = (seconds >= start) & (seconds <= stop) & (values[:, 0] >= 0)
    mouth, eyes = values[during].T
    return mouth_evidence(mouth, eyes, config.mouth_neutral, config.mouth_weight)
