"""What speaks for two tracks being one person, and how much."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EvidenceConfig:
    """Cues and their calibration (Fellegi and Sunter 1969).

    The priors count as a few pairs: the film's own hundreds decide. Measured: with each of
    them halved or doubled, the mean B-cubed F over 77 films cut out of the labelled clips, at
    full size and at a third of it, moves by less than .01.
    """

    size_edges: tuple[float, ...] = (24.0, 32.0, 45.0, 70.0)
    """Side of a face in pixels at which the next class begins: C - 1 of C."""
    strangers_nearer: tuple[float, ...] = (
        *(0.5, 0.35, 0.2, 0.15, 0.1),
        *(0.2, 0.15, 0.1, 0.05),
        *(0.0, 0.0, 0.0),
        *(0.0, 0.0),
        0.0,
    )
    """How much smaller the log distance of two people is where both faces are small: of the class
    of the smaller face with each from its own on, the smallest first. Measured on simulated films
    of faces of 12 to 110 pixels; where a pack does not say."""
    strangers_nearer_sd: float = 0.15
    """How much each of them differs from film to film. Ten clips differ from the photographs by
    .1; .001 to .5 give the same people but for a track here and there."""
    nearer: tuple[float, ...] = (0.3, 0.5, 0.6, 0.7, 0.8)
    """How much smaller the log distance of one person is than that of two, by the class of the
    smaller face; where a pack does not say."""
    same_sd: float = 0.4
    """Deviation of the log distance over pairs of one person; where a pack does not say."""
    stranger_scale: float = 0.22
    """Scale of the log distance over pairs of strangers: .16 to .25 with the true labels of
    nine clips, .21 to .27 in simulated films. Left to EM it becomes .12 to .16, as the tail of
    strangers who look alike is taken for one person (simulated films: .872 for .937)."""
    freedom: float = 5.0
    """Degrees of freedom of its tails: some strangers look alike. Fitted to all true
    strangers of ten clips 5.5 to 6, with two face models. Expected calibration error on the clips
    with 15, 5 and 3: .023, .012 and .006, B-cubed F .933, .935 and .939; of simulated films F .953,
    .955 and .953, where the odds with 3 say too little."""
    track_sd: float = 0.03
    """Deviation of how far a track is from everybody. Measured .13 to .28, but it takes what
    tells people apart along: .02 to .06 differ by .01 on clips and simulated films."""
    stranger_share: float = 0.6
    """Tracks of strangers are so much nearer than photographs of strangers, as distances of
    cosine: .52 to .72 with two face models (METHOD.md)."""
    strangers_sd: float = 0.25
    """How much that differs from film to film, in its logarithm."""
    strangers_unknown_sd: float = 1.0
    """The same where nothing is known: the median over the pairs of the film is then taken."""
    prior_pairs: float = 10.0
    scale_tracks: float = 200.0
    """So many tracks that a film hardly moves `stranger_scale` unless it has more of them: EM makes
    it too small. Where faces say little it is small, and people fall apart who are held to be as
    different as strangers are elsewhere (METHOD.md)."""
    start_rates: tuple[float, ...] = (0.1, 0.9)
    """Kinds of film, by the share of pairs that are one person: of several people (.03 to .29 on
    ten clips, .09 to .16 in simulated films), and of one."""
    rate_weight: float = 1.0
    """What that share counts for, beside all pairs of the film. Without it films of poor faces
    fall apart: eight clips with noise added to their faces .83 for .92 (mean AUC .96) and .61 for
    .75 (AUC .91); twice as much is as good, a third loses .04."""
    correlation: float = 0.6
    """What pairs of the same two people have in common, until people are found: .39 to .97 with
    the true labels of clips, .61 to .80 in simulated films."""
    least_correlation: float = 0.1
    rounds: int = 100
    most_ratio: float = 20.0
    """Largest absolute log ratio of one face pair."""
    fit_tracks: int = 800
    """Tracks that the mixture is fitted on in larger films, evenly spread."""

    body: bool = True
    """Where the pack has a body model: people are cut out and looked at with it, and it takes
    the place of clothes."""
    clothes: bool = True
    hair: bool = False
    """Harms: what it sees is what clothes see, background and light, and both together overrule
    faces (signers.mp4 .918 for .991 without)."""
    threads: bool = True
    voice: bool = True
    levels: int = 6
    """Levels of agreement of clothes, hair and voices, by rank among the pairs of a context."""
    cue_pairs: float = 60.0
    """Pairs that the prior of a cue counts as."""
    scene_slope: float = 1.6
    """Before the film is seen, the most alike sixth of the pairs in a scene is so much likelier
    one person than the least alike one."""
    sure: float = 0.9
    """Probability from which a pair is sure, and teaches clothes, hair and voices."""
    near_seconds: float = 20.0
    """Tracks that begin so near to each other are compared as in one scene, without a prior."""
    thread_odds: float = 43.0
    """Odds that a face stands where the same face stood in the same set-up: 86 of 87 pairs over
    three clips were right, and half a pair of doubt each way."""
    refine: int = 3
    """How often the mixture is fitted again with the people found."""
    refine_weight: float = 0.5
    """What the people found count for, beside each pair's own distance."""


@dataclass(frozen=True, slots=True)
class ThreadConfig:
    """Shots that show the same set-up."""

    width: int = 480
    """To which the first and the last picture of a shot are reduced."""
    features: int = 500
    """ORB features of a picture."""
    picture_width: int = 160
    ratio: float = 0.8
    """Lowe (2004): the second-best match must be farther by this."""
    reprojection: float = 3.0
    """Pixels by which a match may miss the map of the picture."""
    inliers: tuple[float, float] = (8.0, 0.3)
    """A map is right if it explains more than the first plus the second times the matches
    (Brown and Lowe 2007, eq. 9)."""
    scale: tuple[float, float] = (0.7, 1.4)
    """Of the map: another lens is another set-up."""
    agree: float = 0.5
    """Share of the picture's parts that must agree: captions and logos alone do not make a
    set-up (chemist.mp4: 234 wrong links without, none with)."""
    correlation: float = 0.5
    """From which two parts agree."""
    overlap: float = 0.3
    """Of the boxes of a face that stands where a face stood."""
    window: int = 60
    """Shots between two that may be one set-up."""
