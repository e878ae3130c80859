"""Downloads of model files: resumed when broken, checked before they get their name.

`requests` does the transport (TLS, proxies from the environment, retries by urllib3).
pooch was looked at first and cannot continue a broken download. What is added here is
the range request and the checks: a file takes its final name only when its size and its
sha256 are right, and what has arrived of a broken one stays beside it as `NAME.part`.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from vcn.config import DownloadConfig
from vcn.errors import DownloadError
from vcn.weights.packfile import sha256_of
from vcn.weights.partfile import Expected, PartFile, cannot_write

if TYPE_CHECKING:
    import requests

Progress = Callable[[int, int | None], None]
"""Called with the bytes that have arrived and the bytes expected, None if unknown."""

_RETRY_STATUS = (429, 500, 502, 503, 504)


def fetch(
    url: str,
    target: Path,
    expected: Expected,
    config: DownloadConfig,
    progress: Progress | None = None,
) -> str:
    """Download `url` to `target` and return the file's sha256.

    A `NAME.part` of an earlier attempt is continued where the server can (HTTP range
    requests, guarded by If-Range so that a changed file is never glued to an old one).

    Args:
        url: An https address. http is taken too: whether it may be trusted is the
            caller's decision. An https address may not lead to one without.
        target: The final name; written only when everything is right.
        expected: Size and sha256, as far as they are known.
        config: Time limits and number of attempts.
        progress: Told about each block.

    Raises:
        DownloadError: The server refused, the transfer broke more often than
            `config.attempts` without any progress, or size or sha256 are wrong.
        OutputError: The file cannot be written (no space, no permission).
    """
    scheme = urlsplit(url).scheme
    if scheme not in ("https", "http"):
        raise DownloadError(f"{shown(url)} is not an http(s) address", "Look at VCN_MODELS_URL")
    part = PartFile(target)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with _session(config) as session:
            resumed = part.usable(url, expected)
            _receive(session, url, part, expected, config, progress)
            digest = sha256_of(part.path)
            if resumed and expected.sha256 not in (None, digest):
                # What was there before may have been damaged: once more from the start.
                part.discard()
                _receive(session, url, part, expected, config, progress)
                digest = sha256_of(part.path)
        if expected.sha256 not in (None, digest):
            part.discard()
            raise DownloadError(
                f"{target.name} has the sha256 {digest}, expected {expected.sha256}; "
                "it was deleted",
                f"{shown(url)} does not give the published file; try again or use another source",
            )
        part.publish()
    except OSError as error:
        raise cannot_write(target, error) from error
    return digest


def _session(config: DownloadConfig) -> requests.Session:
    import requests
    from requests.adapters import HTTPAdapter
    from urllib3.util.retry import Retry

    retry = Retry(
        total=config.attempts,
        connect=min(2, config.attempts),  # without a network it is soon said
        backoff_factor=config.backoff_seconds,
        backoff_max=30,
        status_forcelist=_RETRY_STATUS,
        allowed_methods=["GET"],
        raise_on_status=False,
    )
    session = requests.Session()
    session.mount("https://", HTTPAdapter(max_retries=retry))
    session.mount("http://", HTTPAdapter(max_retries=retry))
    # A compressed answer would have neither the size nor the ranges of the file.
    session.headers["Accept-Encoding"] = "identity"
    return session


def _receive(
    session: requests.Session,
    url: str,
    part: PartFile,
    expected: Expected,
    config: DownloadConfig,
    progress: Progress | None,
) -> None:
    """Ask for the rest of the file until it is complete."""
    import requests

    fruitless = 0
    while True:
        before = part.size
        if expected.size is not None and before == expected.size:
            return
        try:
            with _ask(session, url, part, config) as response:
                if response.status_code == 416:  # nothing after `before`: it is complete,
                    if _total(response) == before:  # or it is another file
                        return
                    part.discard()
                else:
                    _store(response, url, part, expected, config, progress)
                    return
        except requests.RequestException as error:
            fruitless = 0 if part.size > before else fruitless + 1
            if fruitless > config.attempts:
                raise DownloadError(
                    f"the download of {part.target.name} broke off after {part.size} bytes: "
                    f"{_reason(error)}",
                    "Run the same command again: it continues where it stopped",
                ) from error
            time.sleep(config.backoff_seconds * 2**fruitless)


def _ask(
    session: requests.Session, url: str, part: PartFile, config: DownloadConfig
) -> requests.Response:
    """The server's answer to a request for what is still missing."""
    import requests

    headers = {}
    if part.size:
        headers["Range"] = f"bytes={part.size}-"
        if validator := part.read_note().get("validator"):
            headers["If-Range"] = validator
    try:
        response = session.get(
            url,
            headers=headers,
            stream=True,
            timeout=(config.connect_seconds, config.read_seconds),
        )
    except requests.RequestException as error:  # urllib3 has already tried again
        raise DownloadError(
            f"{shown(url)} cannot be reached: {_reason(error)}",
            "Check the connection and the proxy, set VCN_MODELS_URL to a mirror, "
            "or use --from with files that you have",
        ) from error
    steps = [*response.history, response]
    if urlsplit(url).scheme == "https" and any(
        urlsplit(step.url).scheme != "https" for step in steps
    ):
        response.close()
        raise DownloadError(f"{shown(url)} leads to an address without https", "It is not trusted")
    if response.status_code not in (200, 206, 416):
        response.close()
        raise DownloadError(
            f"{shown(url)} answers {response.status_code} {response.reason}",
            "The file may have moved: set VCN_MODELS_URL to a mirror, "
            "or use --from with files that you have",
        )
    return response


def _store(
    response: requests.Response,
    url: str,
    part: PartFile,
    expected: Expected,
    config: DownloadConfig,
    progress: Progress | None,
) -> None:
    """Append (206) or write from the start (200) what the server sends."""
    start = part.size if response.status_code == 206 else 0
    if response.status_code == 206 and _first_byte(response) != start:
        part.discard()
        raise DownloadError(f"{shown(url)} sent another range than asked", "Run the command again")
    total, limit = _sizes(response, url, part, expected, config)
    part.start(url, _validator(response))
    done = start
    with part.path.open("ab" if start else "wb") as out:
        for block in _blocks(response, config.block_bytes):
            done += len(block)
            if done > limit:
                break
            out.write(block)
            if progress is not None:
                progress(done, total)
        out.flush()
        os.fsync(out.fileno())
    if done > limit or done < (expected.size or 0):
        part.discard()
        raise _wrong_size(url, part, done, limit)


def _blocks(response: requests.Response, size: int) -> Iterator[bytes]:
    """The body as it comes; what arrived before the connection broke is not lost.

    Raises:
        requests.ConnectionError: The connection broke or was silent for too long.
    """
    import requests
    from urllib3.exceptions import HTTPError

    try:
        while block := response.raw.read1(size):
            yield block
    except HTTPError as error:
        raise requests.ConnectionError(error) from error


def _sizes(
    response: requests.Response,
    url: str,
    part: PartFile,
    expected: Expected,
    config: DownloadConfig,
) -> tuple[int | None, int]:
    """The size of the whole file as far as it is known, and the most that is written."""
    if "text/html" in response.headers.get("Content-Type", ""):
        raise DownloadError(
            f"{shown(url)} answers with a web page instead of {part.target.name}",
            "Download it with a browser and use --from",
        )
    stated = _total(response)
    if expected.size is not None and stated not in (None, expected.size):
        raise _wrong_size(url, part, stated, expected.size)
    total = expected.size or stated
    if total is not None and total > config.max_bytes:
        raise _wrong_size(url, part, total, config.max_bytes)
    chunked = "chunked" in response.headers.get("Transfer-Encoding", "")
    if total is None and expected.sha256 is None and not chunked:
        # A broken connection would look like the end of the file, and be pinned.
        raise DownloadError(
            f"{shown(url)} does not say how long {part.target.name} is",
            "Use another source, or download it with a browser and use --from",
        )
    return total, config.max_bytes if total is None else total


def _wrong_size(url: str, part: PartFile, got: int | None, wanted: int) -> DownloadError:
    return DownloadError(
        f"{part.target.name} has {got} bytes at {shown(url)}, not {wanted}",
        "The server does not give the published file",
    )


def _validator(response: requests.Response) -> str:
    """What If-Range may be asked with: a strong ETag, or the date."""
    etag = str(response.headers.get("ETag", ""))
    if etag and not etag.startswith("W/"):
        return etag
    return str(response.headers.get("Last-Modified", ""))


def _first_byte(response: requests.Response) -> int | None:
    """The start in `Content-Range: bytes 100-199/200`."""
    span = response.headers.get("Content-Range", "").removeprefix("bytes ").split("/")[0]
    first = span.split("-")[0]
    return int(first) if first.isdigit() else None


def _total(response: requests.Response) -> int | None:
    """The size of the whole file, from Content-Range or Content-Length."""
    if response.status_code in (206, 416):
        text = response.headers.get("Content-Range", "").split("/")[-1]
    else:
        text = response.headers.get("Content-Length", "")
    return int(text) if text.isdigit() else None


def _reason(error: Exception) -> str:
    """The innermost reason, without urllib3's chain of wrappers."""
    inner: BaseException = error
    while isinstance(nested := getattr(inner, "reason", None), BaseException) or (
        inner.args and isinstance(nested := inner.args[0], BaseException)
    ):
        inner = nested
    return str(inner) or type(inner).__name__


def shown(url: str) -> str:
    """The address without a user's name and password."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
