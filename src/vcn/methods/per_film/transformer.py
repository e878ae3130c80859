"""VCTRSF and CT-TRSF: a transformer over the crops of a track (after Wang et al., TPAMI 2023)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np

from vcn.config.per_film import TransformerConfig
from vcn.equations.schedule import cosine_schedule
from vcn.methods import TrackFilm
from vcn.methods.per_film.crops import Partners, TrackCrops
from vcn.methods.per_film.track_hac import TrackHac
from vcn.types import FloatArray, IntArray

if TYPE_CHECKING:
    import torch

    from vcn.nets.track_transformer import TrackTransformer


@dataclass(frozen=True, slots=True)
class TrackTransformers:
    """A `vcn.methods.cuts.Cutter`.

    `centres` (VCTRSF): a clip is pulled to a learned centre of its track and pushed from
    those of others. `pairs` (CT-TRSF, the paper's own ablation): TSiam's pairs of clips.
    """

    loss: Literal["centres", "pairs"]
    config: TransformerConfig = field(default_factory=TransformerConfig)
    name: str = "vctrsf"

    def compare(self, film: TrackFilm, seed: int) -> TrackHac:
        """Train on the film, and compare its tracks by the mean embedding of their clips."""
        import torch

        from vcn.nets.track_transformer import TrackTransformer

        crops, config = TrackCrops.of(film), self.config
        n = len(crops.tracks)
        if n == 0:
            return TrackHac(np.zeros((0, config.output)), crops.row, crops.tracks, crops.n_tracks)
        rng = np.random.default_rng(seed)
        values = torch.from_numpy(crops.values.astype(np.float32))
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)  # the library's layers draw from the global state
            model = TrackTransformer(values.shape[1], config)
            partners = Partners(crops, config.far_tracks)
            if self.loss == "centres":
                _fit_centres(model, values, crops, partners, config, rng)
            else:
                _fit_pairs(model, values, crops, partners, config, rng)
        embedding, row = _windows(model, values, crops, config)
        return TrackHac(embedding, row, crops.tracks, crops.n_tracks)


def clips(
    crops: TrackCrops, tracks: IntArray, config: TransformerConfig, rng: np.random.Generator
) -> IntArray:
    """(B, L) crops of a random clip of each track, in the order of time; -1 after its last.

    A clip has `config.clip` crops, or all that its track has.
    """
    count = crops.count[tracks]
    length = np.minimum(count, config.clip)
    most = int(length.max())
    # The crops with the smallest random numbers are drawn, then put in order.
    number = rng.random((len(tracks), int(count.max())))
    number[np.arange(number.shape[1]) >= count[:, None]] = 2
    drawn = np.argsort(number, axis=1)[:, :most]
    drawn[np.arange(most) >= length[:, None]] = number.shape[1]
    drawn.sort(axis=1)
    return np.where(drawn < number.shape[1], crops.start[tracks][:, None] + drawn, -1)


def _fit_centres(
    model: TrackTransformer,
    values: torch.Tensor,
    crops: TrackCrops,
    partners: Partners,
    config: TransformerConfig,
    rng: np.random.Generator,
) -> None:
    import torch

    from vcn.equations.video_centre import video_centre_loss

    everyone = np.arange(len(crops.tracks))
    model.eval()
    with torch.no_grad():
        start = [
            torch.cat(
                [
                    model(values, torch.from_numpy(clips(crops, part, config, rng)))
                    for part in np.array_split(everyone, max(1, len(everyone) // config.batch))
                ]
            )
            for _ in range(config.centre_clips)
        ]
    centres = torch.nn.Parameter(torch.stack(start).mean(dim=0))
    rate = config.learning_rate * config.centre_rate
    groups = [
        {"params": model.parameters(), "share": 1.0, "weight_decay": config.weight_decay},
        {"params": [centres], "share": rate / config.learning_rate, "weight_decay": 0.0},
    ]

    def loss(tracks: IntArray) -> torch.Tensor:
        chosen = torch.from_numpy(clips(crops, tracks, config, rng))
        others = torch.from_numpy(partners.several(tracks, config.negatives, rng))
        own = torch.from_numpy(tracks)
        return video_centre_loss(model(values, chosen), centres, own, others, config.margin)

    _train(model, groups, len(everyone), config, rng, loss)


def _fit_pairs(
    model: TrackTransformer,
    values: torch.Tensor,
    crops: TrackCrops,
    partners: Partners,
    config: TransformerConfig,
    rng: np.random.Generator,
) -> None:
    import torch

    from vcn.equations.siamese import contrast

    groups = [{"params": model.parameters(), "share": 1.0, "weight_decay": config.weight_decay}]

    def loss(tracks: IntArray) -> torch.Tensor:
        # The pairs of TSiam, a clip in the place of a crop; both of a track share one clip.
        alike = tracks[crops.count[tracks] > 1]
        apart = tracks[partners.count[tracks] > 0]
        sides = np.concatenate([tracks, alike, partners.draw(apart, rng)])
        found: torch.Tensor = model(values, torch.from_numpy(clips(crops, sides, config, rng)))
        if len(found) == len(tracks):  # one track of one crop: there is no pair
            return found.sum() * 0
        place = np.zeros(len(crops.tracks), np.int64)
        place[tracks] = np.arange(len(tracks))
        first = torch.from_numpy(place[np.concatenate([alike, apart])])
        same = torch.arange(len(first)) < len(alike)
        return contrast(found[first], found[len(tracks) :], same, config.margin)

    _train(model, groups, len(crops.tracks), config, rng, loss)


def _train(
    model: TrackTransformer,
    groups: list[dict[str, object]],
    n_tracks: int,
    config: TransformerConfig,
    rng: np.random.Generator,
    loss: Callable[[IntArray], torch.Tensor],
) -> None:
    import torch

    optimiser = torch.optim.AdamW(groups, config.learning_rate)
    steps = -(-n_tracks // config.batch)
    model.train()
    for number, tracks in enumerate(_batches(n_tracks, config, rng)):
        rate = cosine_schedule(
            number,
            config.epochs * steps,
            config.warmup_epochs * steps,
            0.0,
            config.learning_rate,
            0.0,
        )
        for group in optimiser.param_groups:
            group["lr"] = rate * group["share"]
        optimiser.zero_grad(set_to_none=True)
        loss(tracks).backward()  # type: ignore[no-untyped-call]
        optimiser.step()
    model.eval()


def _batches(
    n_tracks: int, config: TransformerConfig, rng: np.random.Generator
) -> Iterator[IntArray]:
    for _ in range(config.epochs):
        order = rng.permutation(n_tracks)
        for start in range(0, n_tracks, config.batch):
            yield order[start : start + config.batch]


def _windows(
    model: TrackTransformer, values: torch.Tensor, crops: TrackCrops, config: TransformerConfig
) -> tuple[FloatArray, IntArray]:
    """Embeddings of consecutive windows of each track, and the row of its track."""
    import torch

    pieces, row = [], []
    for track in range(len(crops.tracks)):
        of_track = np.arange(crops.start[track], crops.start[track] + crops.count[track])
        for start in range(0, len(of_track), config.clip):
            window = of_track[start : start + config.clip]
            pieces.append(np.pad(window, (0, config.clip - len(window)), constant_values=-1))
            row.append(track)
    with torch.no_grad():
        found = [
            model(values, torch.from_numpy(np.stack(pieces[start : start + config.batch])))
            for start in range(0, len(pieces), config.batch)
        ]
    out: FloatArray = torch.cat(found).numpy()
    return out, np.array(row, np.int64)
