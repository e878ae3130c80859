"""Where things run: torch's CUDA and onnxruntime's, checked before they are promised.

The only file that imports onnxruntime.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import warnings
from dataclasses import dataclass
from importlib import metadata
from typing import TYPE_CHECKING, Any

from vcn.errors import DeviceError, PackError
from vcn.runtime.probe import tiny_model

if TYPE_CHECKING:
    from onnxruntime import InferenceSession  # noqa: TID251

CUDA_PROVIDER = "CUDAExecutionProvider"
CPU_PROVIDER = "CPUExecutionProvider"

_ONE_RUNTIME = (
    "uninstall both onnxruntime and onnxruntime-gpu, then install onnxruntime-gpu "
    "(onnxruntime alone for a machine without an NVIDIA GPU)"
)


@dataclass(frozen=True, slots=True)
class Device:
    """What runs where."""

    torch: str
    """Device of torch modules: "cpu" or "cuda:N"."""
    onnx: str
    """Device of onnxruntime's sessions, in the same notation."""
    note: str
    """One line for the user."""

    @property
    def onnx_providers(self) -> list[str]:
        """Names of the providers that `onnx` stands for, as onnxruntime has them."""
        return [CPU_PROVIDER] if self.onnx == "cpu" else [CUDA_PROVIDER, CPU_PROVIDER]


def resolve_device(asked: str) -> Device:
    """Find out what runs where.

    Args:
        asked: "auto", "cpu", "cuda" or "cuda:N".

    Raises:
        DeviceError: `asked` is none of these, or CUDA was asked for and did not load.
    """
    match = re.fullmatch(r"cuda(?::(\d{1,3}))?", asked)
    if asked == "cpu":
        return Device("cpu", "cpu", "everything on the CPU")
    if asked != "auto" and match is None:
        raise DeviceError(f"there is no device '{asked}'", "use auto, cpu, cuda or cuda:N")
    name = f"cuda:{int(match[1] or 0) if match else 0}"
    torch_fault = torch_cuda_fault(name)
    if match and torch_fault:
        raise DeviceError(
            f"torch cannot use {name}: {torch_fault}",
            "check the NVIDIA driver and install a torch built for its CUDA version, or use cpu",
        )
    if torch_fault:
        return Device("cpu", "cpu", f"everything on the CPU ({torch_fault})")
    onnx_fault = onnxruntime_cuda_fault(name)
    if match and onnx_fault:
        raise DeviceError(f"onnxruntime cannot use {name}: {onnx_fault}", _mend_onnxruntime())
    if onnx_fault:
        where = f"face models on {name}, face detection on the CPU"
        return Device(name, "cpu", f"{where} ({onnx_fault}; {_mend_onnxruntime()})")
    return Device(name, name, f"everything on {name}")


def torch_cuda_fault(name: str) -> str:
    """Why torch cannot use the CUDA device `name`; empty when it can."""
    import torch

    with warnings.catch_warnings():
        # An old driver is a warning to torch, and an error to whoever asked for CUDA.
        warnings.simplefilter("error")
        try:
            if torch.version.cuda is None:
                return f"torch {torch.__version__} is built without CUDA"
            if not torch.cuda.is_available():
                return "no usable NVIDIA GPU was found"
            n = torch.cuda.device_count()
            if int(name.removeprefix("cuda:")) >= n:
                return f"there are only {n} GPUs, counted from cuda:0"
            torch.zeros(1, device=name).add_(1).item()
        except Exception as error:
            return _first_line(error)
    return ""


def onnxruntime_cuda_fault(name: str) -> str:
    """Why onnxruntime cannot use the CUDA device `name`, found by running a tiny model."""
    import onnxruntime  # noqa: TID251

    if CUDA_PROVIDER not in onnxruntime.get_available_providers():
        return "the installed onnxruntime has no CUDA provider"
    try:
        session = onnx_session(tiny_model(), name, "the tiny test model")
        import numpy as np

        session.run(None, {"x": np.ones((1, 1, 3, 3), np.float32)})
    except Exception as error:
        return _first_line(error)
    return ""


BOTH_ONNXRUNTIMES = (
    "uninstall both, then install onnxruntime-gpu (onnxruntime where there is no NVIDIA GPU)"
)
"""How it is mended that both are installed."""


def onnxruntime_distributions() -> dict[str, str]:
    """Installed distributions that bring the module onnxruntime, and their versions.

    More than one is a fault: they overwrite each other's files, and which of them is
    imported depends on the order in which they were installed.
    """
    found = {}
    for name in ("onnxruntime", "onnxruntime-gpu"):
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def available_cores() -> int:
    """Processor cores that this process may use; ``OMP_NUM_THREADS`` lowers it."""
    affinity = getattr(os, "sched_getaffinity", None)  # not on macOS and Windows
    cores = len(affinity(0)) if affinity is not None else os.cpu_count() or 1
    wanted = os.environ.get("OMP_NUM_THREADS", "")
    return min(cores, int(wanted)) if wanted.isdigit() and int(wanted) > 0 else cores


def onnx_session(model: bytes, device: str, what: str) -> InferenceSession:
    """Make a session that runs on `device`, or fail.

    Args:
        model: A serialised ONNX model (see `vcn.weights.onnxfile.for_inference`).
        device: "cpu" or "cuda:N".
        what: Name of the model for errors.

    Raises:
        DeviceError: The CUDA provider did not load.
        PackError: onnxruntime cannot run the model.
    """
    import onnxruntime  # noqa: TID251

    onnxruntime.set_default_logger_severity(4)  # what goes wrong is raised, not printed
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = available_cores()
    options.inter_op_num_threads = 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    # A plan of memory for each size of picture is one block that comes fresh from the system
    # at every run. Measured with CenterFace at 640x480: 9,000 page faults, 75 ms against 49.
    options.enable_mem_pattern = False
    # Threads that spin while they wait take the core from the decoder and from torch.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    providers: list[str | tuple[str, dict[str, Any]]] = [CPU_PROVIDER]
    if device != "cpu":
        _preload_cuda()
        # Pictures of different films have different sizes: an exhaustive search for each is slow.
        providers.insert(
            0,
            (
                CUDA_PROVIDER,
                {
                    "device_id": int(device.removeprefix("cuda:")),
                    "cudnn_conv_algo_search": "HEURISTIC",
                    "arena_extend_strategy": "kSameAsRequested",
                },
            ),
        )
    try:
        with warnings.catch_warnings():
            # An absent provider is only a warning to onnxruntime; it is checked below.
            warnings.simplefilter("ignore")
            session = onnxruntime.InferenceSession(model, options, providers=providers)
    except Exception as error:  # onnxruntime's exceptions have no common base
        raise PackError(f"onnxruntime cannot run {what}: {_first_line(error)}") from error
    if device != "cpu" and session.get_providers()[0] != CUDA_PROVIDER:
        raise DeviceError(
            f"onnxruntime's CUDA provider did not load for {what}", _mend_onnxruntime()
        )
    return session


def _preload_cuda() -> None:
    """Let onnxruntime find the CUDA libraries that torch brought as Python packages."""
    import onnxruntime  # noqa: TID251
    import torch  # noqa: F401  its libraries are then in the process already

    preload = getattr(onnxruntime, "preload_dlls", None)
    if preload is not None:
        with contextlib.redirect_stdout(io.StringIO()):  # it prints what it did not find
            preload()


def _mend_onnxruntime() -> str:
    if len(onnxruntime_distributions()) > 1:
        return _ONE_RUNTIME
    if "onnxruntime-gpu" not in onnxruntime_distributions():
        return "install onnxruntime-gpu in place of onnxruntime"
    import onnxruntime  # noqa: TID251
    import torch

    built = getattr(onnxruntime, "cuda_version", "") or "an unknown version"
    return (
        f"this onnxruntime-gpu was built for CUDA {built} and torch brought {torch.version.cuda}: "
        "install versions of the two that agree"
    )


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
