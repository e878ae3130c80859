"""Files out of an archive that nobody vouches for."""

from __future__ import annotations

import os
import stat
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from vcn.config import DownloadConfig
from vcn.errors import DownloadError
from vcn.weights.partfile import cannot_write


def unpack(archive: Path, members: Mapping[str, Path], config: DownloadConfig) -> None:
    """Unpack the named members of a zip file, each to the path that the caller chose.

    No name inside the archive is ever used as a path, so nothing can escape. A member
    is found by its full name, or by its last part where that is unique.

    Raises:
        DownloadError: Not a zip file, a member is missing, doubtful (a link, encrypted)
            or larger than `config.max_bytes` or than it states.
        OutputError: A file cannot be written.
    """
    try:
        with zipfile.ZipFile(archive) as opened:
            infos = {name: _member(opened, name, archive, config) for name in members}
            for name, info in infos.items():
                _extract(opened, info, members[name])
    except (zipfile.BadZipFile, OSError, EOFError, ValueError, OverflowError) as error:
        raise DownloadError(
            f"{archive.name} is not a valid zip file: {error}", "Download it again"
        ) from error


def _member(
    opened: zipfile.ZipFile, name: str, archive: Path, config: DownloadConfig
) -> zipfile.ZipInfo:
    files = [info for info in opened.infolist() if not info.is_dir()]
    found = [info for info in files if info.filename == name]
    last = name.split("/")[-1]
    found = found or [info for info in files if info.filename.split("/")[-1] == last]
    if len(found) != 1:
        raise DownloadError(
            f"{archive.name} has {len(found)} files called {name}, expected one",
            "This is not the published archive",
        )
    info = found[0]
    mode = info.external_attr >> 16
    if info.flag_bits & 1 or (mode and not stat.S_ISREG(mode) and stat.S_IFMT(mode)):
        raise DownloadError(
            f"{name} in {archive.name} is a link or encrypted", "This is not the published archive"
        )
    if info.file_size > config.max_bytes:
        raise DownloadError(
            f"{name} in {archive.name} would unpack to {info.file_size} bytes",
            f"No model file is larger than {config.max_bytes} bytes",
        )
    return info


def _extract(opened: zipfile.ZipFile, info: zipfile.ZipInfo, target: Path) -> None:
    temporary = target.with_name(target.name + ".unpacking")
    try:
        with temporary.open("wb") as out:
            for block in _content(opened, info):
                out.write(block)
            out.flush()
            os.fsync(out.fileno())
        temporary.replace(target)
    except OSError as error:
        raise cannot_write(target, error) from error
    finally:
        temporary.unlink(missing_ok=True)


def _content(opened: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[bytes]:
    """A member in blocks. ZipFile stops at the size that it states and checks the CRC.

    Raises:
        zipfile.BadZipFile: It is damaged, whatever its compression calls that.
    """
    try:
        with opened.open(info) as source:
            while block := source.read(1 << 20):
                yield block
    except zipfile.BadZipFile:
        raise
    except Exception as error:  # of zlib, bz2, lzma: no common base
        raise zipfile.BadZipFile(f"{info.filename}: {error}") from error
