"""``vcn --version``: one line, or all that a report of a fault needs."""

from __future__ import annotations

from collections.abc import Iterator

from vcn import __version__


def version_lines(verbose: bool) -> Iterator[str]:
    """The version, and where asked for the machine and what is installed on it."""
    yield f"vcn {__version__}"
    if not verbose:
        return
    import platform
    import sys

    from vcn.pipeline.manifest import package_versions
    from vcn.runtime.devices import available_cores, onnxruntime_distributions

    yield f"system:   {platform.platform()}"
    yield f"python:   {sys.version.split()[0]} ({sys.executable})"
    yield f"cores:    {available_cores()}"
    for name, version in sorted(package_versions().items()):
        if name != "python":
            yield f"package:  {name} {version}"
    if len(onnxruntime_distributions()) > 1:
        yield "fault:    onnxruntime and onnxruntime-gpu are both installed (vcn doctor)"
