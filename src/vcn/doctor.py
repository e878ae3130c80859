"""What works on this machine, found out by using it: behind ``vcn doctor``.

A finding is red where vcn cannot work, yellow where it works with something missing or
doubtful, green otherwise. Nothing is downloaded and nothing is left behind.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from importlib import metadata
from pathlib import Path
from typing import Any, Final

from vcn.config import RunConfig
from vcn.errors import PackError, VcnError
from vcn.pipeline.manifest import package_versions
from vcn.runtime import devices, store
from vcn.runtime.probe import tiny_model
from vcn.weights import packs

JSON_VERSION: Final = "1.0"
"""Version of `Report.as_dict`; keys may be added under the same major number."""

_LIBRARIES: Final = {
    "torch": "torch",
    "torchvision": "torchvision",
    "onnxruntime": "onnxruntime",
    "onnx2torch": "onnx2torch",
    "opencv-python": "cv2",
    "boxmot": "boxmot",
    "insightface": "insightface",
    "scikit-learn": "sklearn",
    "pyarrow": "pyarrow",
}
"""Distribution and module of what is loaded in earnest: a library that is there may
still lack another one of the system."""

_GIB: Final = 1 << 30
_LOW_DISK, _NO_DISK = 4 * _GIB, _GIB // 4


class Level(IntEnum):
    """How good a finding is; the worst one is that of the report."""

    green = 0
    yellow = 1
    red = 2


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    name: str
    level: Level
    text: str
    mend: str = ""
    """What to do about it; empty where it is green."""


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that was looked at, in order."""

    findings: tuple[Finding, ...]

    @property
    def level(self) -> Level:
        """The worst of all."""
        return max(finding.level for finding in self.findings)

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for --json."""
        return {
            "schema_version": JSON_VERSION,
            "level": self.level.name,
            "findings": [
                {
                    "name": finding.name,
                    "level": finding.level.name,
                    "text": finding.text,
                    "mend": finding.mend,
                }
                for finding in self.findings
            ],
        }


def examine() -> Iterator[Finding]:
    """Look at one thing after the other; a check that fails unexpectedly is red itself."""
    for name, check in _CHECKS:
        try:
            yield from check()
        except Exception as error:  # whatever is broken here is what is being looked for
            yield Finding(name, Level.red, f"the check failed: {_line(error)}")


def _python() -> Iterator[Finding]:
    text = f"Python {platform.python_version()} on {platform.platform(terse=True)}"
    yield Finding("python", Level.green, f"{text}, {sys.executable}")
    versions = dict(package_versions())
    del versions["python"]
    text = ", ".join(f"{name} {version}" for name, version in versions.items())
    yield Finding("versions", Level.green, f"vcn {_vcn_version()}: {text}")


def _requirements() -> Iterator[Finding]:
    """Compare what is installed with what vcn asks for."""
    from packaging.requirements import Requirement

    try:
        stated = metadata.requires("vcn") or []
    except metadata.PackageNotFoundError:
        text = "vcn runs from its source folder; what it asks for was not compared"
        yield Finding("requirements", Level.green, text)
        return
    missing, other = [], []
    for requirement in map(Requirement, stated):
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": ""}):
            continue
        name = requirement.name
        if name == "onnxruntime":  # the GPU's brings the same module
            name = next(iter(devices.onnxruntime_distributions()), name)
        try:
            version = metadata.version(name)
        except metadata.PackageNotFoundError:
            missing.append(str(requirement))
            continue
        if not requirement.specifier.contains(version, prereleases=True):
            other.append(f"{requirement.name} {version} (wanted {requirement.specifier})")
    if missing:
        text = f"not installed: {', '.join(missing)}"
        yield Finding("requirements", Level.red, text, "install vcn again")
    if other:
        text = f"other versions than asked for: {', '.join(other)}"
        yield Finding("requirements", Level.yellow, text, "install vcn again")
    if not missing and not other:
        yield Finding("requirements", Level.green, f"all of {len(stated)} are met")


def _onnxruntimes() -> Iterator[Finding]:
    found = devices.onnxruntime_distributions()
    text = ", ".join(f"{name} {version}" for name, version in found.items())
    if len(found) > 1:
        yield Finding(
            "onnxruntime",
            Level.yellow,
            f"{text} overwrite each other's files",
            devices.BOTH_ONNXRUNTIMES,
        )
    elif not found:
        yield Finding("onnxruntime", Level.red, "not installed", "install vcn again")
    else:
        yield Finding("onnxruntime", Level.green, f"{text}, alone")


def _libraries() -> Iterator[Finding]:
    broken = []
    for distribution, module in _LIBRARIES.items():
        try:
            with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
                warnings.simplefilter("ignore")
                importlib.import_module(module)
        except Exception as error:  # a missing system library is an OSError or ImportError
            broken.append(f"{distribution}: {_line(error)}")
    if broken:
        yield Finding(
            "libraries",
            Level.red,
            "; ".join(broken),
            "install the package again, or the system library that it names",
        )
    else:
        yield Finding("libraries", Level.green, f"{', '.join(_LIBRARIES)} load")


def _ffmpeg() -> Iterator[Finding]:
    from vcn.video.libraries import ffmpeg_libraries

    text = ", ".join(f"{name} {version}" for name, version in ffmpeg_libraries().items())
    yield Finding("ffmpeg", Level.green, f"PyAV {metadata.version('av')}: {text}")


def _cpu() -> Iterator[Finding]:
    text = f"{_cpu_name()}, {devices.available_cores()} of {os.cpu_count()} cores"
    memory = _memory()
    if memory is not None and memory < 2 * _GIB:
        mend = "close other programs: torch and a film need about 2 GB"
        yield Finding("cpu", Level.yellow, f"{text}, {memory / _GIB:.1f} GiB of memory", mend)
        return
    text += "" if memory is None else f", {memory / _GIB:.0f} GiB of memory"
    yield Finding("cpu", Level.green, text)


def _torch() -> Iterator[Finding]:
    import torch

    layer = torch.nn.Conv2d(3, 2, 3)
    layer(torch.ones(1, 3, 8, 8)).square().mean().backward()
    grad = layer.weight.grad
    if grad is None or not bool(torch.isfinite(grad).all()):
        yield Finding("torch", Level.red, "a gradient is not finite", "install torch again")
        return
    yield Finding("torch", Level.green, f"torch {torch.__version__} computes and differentiates")


def _gpu() -> Iterator[Finding]:
    hardware = _nvidia()
    fault = devices.torch_cuda_fault("cuda:0")
    if fault and not hardware:
        yield Finding("gpu", Level.green, f"{fault}: everything runs on the CPU")
        return
    if fault:
        yield Finding(
            "gpu",
            Level.yellow,
            f"{hardware}; torch cannot use it: {fault}",
            "check the driver, and install a torch that is built for its CUDA version",
        )
        return
    import torch

    names = [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())]
    text = f"{', '.join(names)}; CUDA {torch.version.cuda}"
    yield Finding("gpu", Level.green, f"{text}; {hardware}" if hardware else text)


def _providers() -> Iterator[Finding]:
    """Run a tiny model on the CPU and, where torch has a GPU, on that."""
    import numpy as np

    session = devices.onnx_session(tiny_model(), "cpu", "the tiny test model")
    session.run(None, {"x": np.ones((1, 1, 3, 3), np.float32)})
    yield Finding("onnx on cpu", Level.green, f"{devices.CPU_PROVIDER} runs a model")
    if devices.torch_cuda_fault("cuda:0"):
        return
    fault = devices.onnxruntime_cuda_fault("cuda:0")
    if fault:
        mend = "install onnxruntime-gpu alone, for the CUDA version of torch"
        text = f"{devices.CUDA_PROVIDER} does not run: {fault}; faces are found on the CPU"
        yield Finding("onnx on cuda", Level.yellow, text, mend)
    else:
        yield Finding("onnx on cuda", Level.green, f"{devices.CUDA_PROVIDER} runs a model")


def _packs() -> Iterator[Finding]:
    absent = []
    for name in packs.pack_names():
        pack = packs.load_pack(name)
        needed = name == RunConfig().pack
        missing = pack.missing()
        if missing and not needed:
            some = "" if len(missing) == len(pack.files) else " (in part)"
            absent.append(name + some)
            continue
        try:
            pack.verify()
        except PackError as error:
            level = Level.red if needed else Level.yellow
            yield Finding(f"pack {name}", level, error.what, error.hint)
            continue
        use = "research only" if pack.research_only else "commercial use allowed"
        text = f"{len(pack.files)} files verified; {use}; {pack.licence}"
        yield Finding(f"pack {name}", Level.green, text)
    if absent:
        text = f"not installed: {', '.join(absent)}"
        yield Finding("other packs", Level.green, f"{text} (vcn models pull)")


def _folders() -> Iterator[Finding]:
    for what, folder, level in (
        ("cache", store.default_root(), Level.red),
        ("models", packs.models_dir(), Level.yellow),
        ("temporary files", Path(tempfile.gettempdir()), Level.yellow),
    ):
        place = next(each for each in (folder, *folder.absolute().parents) if each.exists())
        try:
            with tempfile.TemporaryFile(dir=place) as probe:
                probe.write(b"vcn")
        except OSError as error:
            mend = "choose another folder with VCN_CACHE_DIR, VCN_MODELS_DIR or TMPDIR"
            text = f"{place} cannot be written: {error.strerror or error}"
            yield Finding(f"folder of {what}", level, text, mend)
            continue
        free = shutil.disk_usage(place).free
        text = f"{folder}: can be written, {free / _GIB:.1f} GiB free"
        if free < _LOW_DISK:
            level = level if free < _NO_DISK else Level.yellow
            mend = "free some space: a film may need some GB (see also: vcn cache ls)"
            yield Finding(f"folder of {what}", level, text, mend)
        else:
            yield Finding(f"folder of {what}", Level.green, text)


_CHECKS: Final[tuple[tuple[str, Callable[[], Iterator[Finding]]], ...]] = (
    ("python", _python),
    ("requirements", _requirements),
    ("onnxruntime", _onnxruntimes),
    ("libraries", _libraries),
    ("ffmpeg", _ffmpeg),
    ("cpu", _cpu),
    ("torch", _torch),
    ("gpu", _gpu),
    ("onnx", _providers),
    ("packs", _packs),
    ("folders", _folders),
)


def _vcn_version() -> str:
    from vcn import __version__

    return __version__


def _cpu_name() -> str:
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _memory() -> int | None:
    """Bytes of memory that can still be had, where the system says so."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/meminfo").read_text("utf-8").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    return None


def _nvidia() -> str:
    """The NVIDIA driver as its own tool tells it; empty where there is none."""
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return ""
    try:
        done = subprocess.run(
            [tool, "--query-gpu=driver_version", "--format=csv,noheader"],
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    lines = done.stdout.split()
    return f"NVIDIA driver {lines[0]}" if done.returncode == 0 and lines else ""


def _line(error: Exception) -> str:
    if isinstance(error, VcnError):
        return error.what
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
