"""A run's configuration comes back from its manifest."""

from __future__ import annotations

import json
from dataclasses import replace

from vcn.config import RunConfig
from vcn.config.recorded import config_of


def test_the_configuration_comes_back() -> None:
    base = RunConfig()
    for config in (
        base,
        replace(base, seed=7, cluster=replace(base.cluster, co_occurrence=False)),
        replace(base, adapt=replace(base.adapt, mode="off", global_scale=(0.5, 0.9))),
    ):
        manifest = {"config": {**json.loads(json.dumps(config.as_dict())), "later": {"x": 1}}}
        assert config_of(manifest) == config
    assert config_of({}) == base
