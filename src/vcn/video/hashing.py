"""The identity of a film: a hash of its whole content."""

from __future__ import annotations

from pathlib import Path

import xxhash

from vcn.errors import InputError

_BLOCK = 1 << 20


def content_hash(path: str | Path) -> str:
    """XXH3 of every byte of a file, read as a stream.

    The whole file is read, not a sample: a film that was changed in its middle is
    another film. XXH3 is no defence against forgery, which is not needed here, and
    is faster than a disk (about 10 GB/s; BLAKE2b: about 0.7 GB/s).

    Returns:
        "xxh3:" and 32 hexadecimal digits.

    Raises:
        InputError: The file cannot be read.
    """
    digest = xxhash.xxh3_128()
    block = bytearray(_BLOCK)
    view = memoryview(block)
    try:
        with Path(path).open("rb", buffering=0) as file:
            while n := file.readinto(block):
                digest.update(view[:n])
    except OSError as error:
        raise InputError(
            f"cannot read {path}: {error.strerror}", "Check the path and its permissions."
        ) from error
    return f"xxh3:{digest.hexdigest()}"
