"""What a step of full mode costs on one core, and how near its gradient is to that of float32.

    python tests/support/measure_full.py [MODEL.onnx]

Without a file: the face model of the pack `open`. Floor: the passes that a step cannot do without,
the student over all views there and back, the teacher over the global ones.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from vcn.config import AdaptConfig
from vcn.nets import load_face_model
from vcn.stages.adapt_full import FullAdapter
from vcn.stages.embed import embed
from vcn.types import Crops
from vcn.weights.packs import load_pack

PAIRS, ROUNDS = 16, 3


def seconds(work: Callable[[], object]) -> float:
    """Processor seconds, the least of a few; once before, to warm up."""
    work()
    spent = []
    for _ in range(ROUNDS):
        begun = time.process_time()
        work()
        spent.append(time.process_time() - begun)
    return min(spent)


def adapter_of(model_file: Path | None, precision: str) -> FullAdapter:
    """An adapter to noise: what is in the pictures does not change what they cost."""
    spec = load_pack("open", face_model=model_file).face_model
    assert spec is not None
    model = load_face_model(spec)
    rng = np.random.default_rng(0)
    n = 2 * PAIRS
    images = rng.integers(0, 256, (n, spec.input_size, spec.input_size, 3), np.uint8)
    ones, index = np.ones(n, np.float32), np.repeat(np.arange(n // 4), 4)
    crops = Crops(images, index, np.arange(n), 50 * ones, ones, ones)
    config = replace(
        AdaptConfig(), mode="full", head_epochs=0, head_iterations=0, precision=precision
    )
    embeddings = embed(crops, model, lambda _: None)
    return FullAdapter(embeddings, crops, n // 4, config, model, 0)


def measured(adapter: FullAdapter) -> tuple[float, float, float, torch.Tensor]:
    """Forward of a picture, there and back of a picture, a step of a pair; and its gradient."""
    config, images = adapter._config, adapter._pictures(np.arange(2 * PAIRS))
    first, second = torch.arange(PAIRS), torch.arange(PAIRS, 2 * PAIRS)
    state = adapter._trainer.generator.get_state()

    def there() -> None:
        with torch.no_grad():
            adapter._base(adapter.student, images)

    def there_and_back() -> None:
        adapter.student.zero_grad()
        adapter._base(adapter.student, images).sum().backward()

    def step() -> None:
        adapter._trainer.generator.set_state(state)
        adapter._batches = 0
        adapter.student.zero_grad()
        adapter._step(first, second)

    one, both, whole = seconds(there), seconds(there_and_back), seconds(step)
    gradient = [p.grad.flatten() for p in adapter.student.base.parameters() if p.grad is not None]
    views = config.global_views + config.local_views
    floor = PAIRS * 2 * (views * both + config.global_views * one) / len(images)
    print(f"| {both / len(images) * 1e3:.1f} | {one / len(images) * 1e3:.1f} ", end="")
    print(f"| {whole / PAIRS:.3f} | {floor / PAIRS:.3f} ", end="")
    return one, both, whole, torch.cat(gradient)


def main() -> None:
    """Print the table."""
    torch.set_num_threads(1)
    file = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    print("| | ms a picture, there and back | there | s a pair of crops | floor | gradient |")
    print("|---|---|---|---|---|---|")
    plain = None
    for precision in ("float32", "bfloat16"):
        print(f"| {precision} ", end="")
        *_, gradient = measured(adapter_of(file, precision))
        plain = gradient if plain is None else plain
        print(f"| {float(torch.cosine_similarity(plain.double(), gradient.double(), dim=0)):.4f} |")


if __name__ == "__main__":
    main()
