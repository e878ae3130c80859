"""A trained RAD-Net as a file, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from pathlib import Path

import numpy as np
import torch

from vcn import __version__
from vcn.config import RadNetConfig
from vcn.errors import DataError
from vcn.methods.radnet.cluster import RadNet
from vcn.methods.radnet.net import RadNetModule
from vcn.methods.radnet.train import Labelled
from vcn.weights.learned import Learned, load_learned
from vcn.weights.sealed import digest

_SYSTEM = "radnet"


def learned_of(
    radnet: RadNet, films: Sequence[Labelled], seed: int, losses: Sequence[float]
) -> Learned:
    """What is written of a trained network.

    Args:
        radnet: It.
        films: What it was trained on.
        seed: With which.
        losses: Mean loss of each epoch.
    """
    net = radnet.net
    arrays = [one.film.of(m).values for one in films for m in net.config.modalities]
    return Learned(
        system=_SYSTEM,
        weights={name: value.numpy() for name, value in net.state_dict().items()},
        scale=1.0,
        threshold=radnet.threshold,
        origin={
            "films": [one.film.name for one in films],
            "tracks": sum(one.film.n_tracks for one in films),
            "people": sum(len(np.unique(one.person)) for one in films),
            "width": sum(net.widths.values()),
            "widths": net.widths,
            "data": digest(*arrays, *(one.person for one in films)),
            "system": _SYSTEM,
            "seed": seed,
            "options": {
                name: list(value) if isinstance(value, tuple) else value
                for name, value in asdict(net.config).items()
            },
            "versions": {"vcn": __version__, "torch": torch.__version__},
        },
        log=tuple({"epoch": n, "loss": loss} for n, loss in enumerate(losses, start=1)),
    )


def load_radnet(path: Path) -> RadNet:
    """Read what `vcn train radnet` wrote.

    Raises:
        DataError: It is missing, damaged, or of another system.
    """
    learned = load_learned(path, _SYSTEM)
    try:
        options: Mapping[str, object] = learned.origin["options"]
        known = {field.name for field in fields(RadNetConfig)}
        values = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in options.items()
            if name in known
        }
        config = RadNetConfig(**values)  # type: ignore[arg-type]
        net = RadNetModule(learned.origin["widths"], config)
        net.load_state_dict({k: torch.from_numpy(v.copy()) for k, v in learned.weights.items()})
    except (KeyError, TypeError, ValueError, RuntimeError, AttributeError) as error:
        why = (str(error).splitlines() or [type(error).__name__])[0]
        raise DataError(
            f"{path} is damaged: {why}", "Make it again with: vcn train radnet"
        ) from error
    if learned.threshold is None:
        raise DataError(f"{path} has no threshold", "Make it again with: vcn train radnet")
    return RadNet(net.eval(), learned.threshold)
