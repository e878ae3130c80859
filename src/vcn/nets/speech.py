"""Silero's model of speech: windows of sound to probabilities, in order.

Source: silero-vad (MIT), ``sequence_vad.py``; the package carries the weights and is the
oracle of the tests.
"""

from __future__ import annotations

import numpy as np

from vcn.errors import PackError
from vcn.runtime import devices
from vcn.types import FloatArray
from vcn.weights.packs import SpeechSpec

WINDOW = 512
"""Samples of a window of the model, at 16 kHz."""
_CONTEXT = 64
"""Samples of the window before that the model sees too."""


class SpeechModel:
    """Silero's model over windows in order; it remembers what came before.

    Args:
        spec: From a pack whose files were verified.

    Raises:
        PackError: The file is not that model.
    """

    def __init__(self, spec: SpeechSpec) -> None:
        self._path = spec.path
        self._session = devices.onnx_session(spec.path.read_bytes(), "cpu", spec.path.name)
        names = [given.name for given in self._session.get_inputs()]
        if names != ["input", "h", "c"]:
            raise PackError(f"{spec.path} is not silero's model of many windows at once")
        self.forget()

    def forget(self) -> None:
        """What comes next does not follow what came before."""
        self._h = np.zeros((1, 1, 128), np.float32)
        self._c = np.zeros((1, 1, 128), np.float32)
        self._context = np.zeros(_CONTEXT, np.float32)

    def __call__(self, samples: FloatArray) -> FloatArray:
        """(n, WINDOW) windows that follow each other to (n,) probabilities of speech."""
        before = np.concatenate([self._context[None], samples[:-1, -_CONTEXT:]])
        self._context = samples[-1, -_CONTEXT:].copy()
        feed = {"input": np.hstack([before, samples]), "h": self._h, "c": self._c}
        try:
            found, self._h, self._c = self._session.run(["speech_probs", "hn", "cn"], feed)
        except Exception as error:  # onnxruntime's exceptions have no common base
            text = (str(error).splitlines() or [""])[0]
            raise PackError(f"the speech model {self._path} failed: {text}") from error
        probability: FloatArray = np.asarray(found, np.float32).reshape(-1)
        return probability
