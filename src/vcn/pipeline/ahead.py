"""Pictures are searched for faces ahead of the tracker, on all cores of this machine.

What a detector finds in a picture hangs on no other picture, and onnxruntime leaves Python's
lock while it works: so the next pictures are searched in threads while the last one is
followed, and frames travel nowhere. All that hangs on the order of pictures (tracks, where
to look closer, which crops are kept) is still done one picture after the other: the result
is the same to the last bit, however many threads there are.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Self

from vcn.detectors import Detections, Detector
from vcn.types import ImageArray

_A_THREAD = 2
"""Pictures that are searched or wait for it, for each thread."""
_COPIES = 8
"""Bytes that are held for a pixel of such a picture: its RGB, and the decoded frames around."""


def pictures_ahead(threads: int, width: int, height: int, held_bytes: int) -> int:
    """How many pictures to search ahead; 0 with one thread.

    Args:
        threads: That may work.
        width: Of a picture, as `height`.
        height: In pixels.
        held_bytes: Memory for pictures that are held back.
    """
    room = held_bytes // max(width * height * _COPIES, 1)
    return 0 if threads < 2 else max(threads, min(_A_THREAD * threads, room))


class Ahead:
    """A detector that can begin with pictures before they are asked for.

    Args:
        detector: Its `detect` may be called from several threads.
        threads: As many pictures at once.
    """

    def __init__(self, detector: Detector, threads: int) -> None:
        self.batched = detector.batched
        self._detector = detector
        self._begun: dict[int, tuple[ImageArray, Future[list[Detections]]]] = {}
        self._pool = ThreadPoolExecutor(threads, "vcn-detect") if threads > 1 else None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def begin(self, image: ImageArray) -> None:
        """Search a picture that will be asked for."""
        if self._pool is not None:
            # The picture is held with its search: no other can get its id meanwhile.
            search = self._pool.submit(self._detector.detect, [image])
            self._begun[id(image)] = (image, search)

    def detect(self, images: Sequence[ImageArray]) -> list[Detections]:
        """As `Detector.detect`."""
        if self._pool is None or (len(images) > 1 and self.batched):
            return self._detector.detect(images)
        searches = []
        for image in images:
            begun = self._begun.pop(id(image), None)
            search = begun[1] if begun else self._pool.submit(self._detector.detect, [image])
            searches.append(search)
        return [found for search in searches for found in search.result()]


class Later:
    """Steps that are taken in the order in which they were planned, some searches late.

    Args:
        behind: Searches that may wait.
    """

    def __init__(self, behind: int) -> None:
        self._behind = behind
        self._steps: deque[tuple[Callable[[], None], bool]] = deque()
        self._searches = 0

    def plan(self, step: Callable[[], None], *, search: bool = False) -> None:
        """Take a step, once all before it are taken and not too many searches wait."""
        self._steps.append((step, search))
        self._searches += search
        while self._searches > self._behind or (self._steps and not self._searches):
            self._take()

    def finish(self) -> None:
        """Take all steps that are left."""
        while self._steps:
            self._take()

    def _take(self) -> None:
        step, search = self._steps.popleft()
        self._searches -= search
        step()
