"""``vcn models``: which packs there are, what they may be used for, and getting them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vcn.commands import options
from vcn.runtime.interrupt import stoppable

if TYPE_CHECKING:
    from vcn.weights.packs import Licence, Pack

models_app = typer.Typer(help="Model packs: list, get, check, remove.", no_args_is_help=True)

_Name = Annotated[str, typer.Argument(metavar="NAME", help="A pack (see: vcn models list).")]


@models_app.command("list")
def list_packs() -> None:
    """List the packs: detector, face model, size, licence, and what is on this machine."""
    from vcn.weights.packs import load_pack, pack_names

    rows = [
        (
            "NAME",
            "DETECTOR",
            "FACE MODEL",
            "SIZE",
            "LICENCE",
            "COMMERCIAL",
            "INSTALLED",
            "VERIFIED",
        ),
        *(_row(load_pack(name)) for name in pack_names()),
    ]
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        typer.echo("  ".join(cells).rstrip())
    typer.echo("COMMERCIAL NO: for research only. More on a pack: vcn models show NAME")


@models_app.command()
def show(name: _Name) -> None:
    """Show one pack: what it is, its licences, and each of its files."""
    from vcn.weights.packs import expected_sha256, load_pack

    pack = load_pack(name)
    typer.echo(f"{pack.name}: {pack.title}")
    if pack.note:
        typer.echo(f"note: {pack.note}")
    if pack.detector is not None:
        typer.echo(f"detector: {pack.detector.kind}")
    if pack.face_model is not None:
        model = pack.face_model
        typer.echo(
            f"face model: {model.kind}, {model.input_size}x{model.input_size} {model.channels}, "
            f"{model.embedding_dim} values"
        )
    _show_licences(pack)
    for file in pack.files:
        digest = expected_sha256(pack.name, file)
        if digest is None:
            digest = "not known: pinned at the first pull"
        elif file.sha256 is None:
            digest += " (pinned at the first pull)"
        typer.echo(f"file: {file.name}, {_size(file.size)}")
        typer.echo(f"  sha256: {digest}")
        typer.echo(f"  at:     {file.path}" + ("" if file.path.is_file() else " (missing)"))
        if file.url:
            typer.echo(f"  from:   {file.url}" + (f" ({file.member})" if file.member else ""))


@models_app.command()
def pull(
    name: _Name,
    accept_licence: Annotated[
        bool, typer.Option("--accept-licence", help="Accept the licences without being asked.")
    ] = False,
    source: Annotated[
        Path | None,
        typer.Option(
            "--from", metavar="DIR|FILE", help="Take the files from here, not from the network."
        ),
    ] = None,
    progress: options.ShowProgress = options.ProgressChoice.auto,
    settings: options.Settings = None,
    config_file: options.ConfigFile = None,
) -> None:
    """Download a pack, checked by its sha256. The one command that uses the network.

    A broken download is continued. VCN_MODELS_URL names a mirror (URL/PACK/FILE); proxies
    are taken from HTTPS_PROXY and NO_PROXY.
    """
    from vcn.commands.settings import with_settings
    from vcn.config import DownloadConfig
    from vcn.weights import pull as library
    from vcn.weights.packs import load_pack

    config = with_settings(DownloadConfig(), "download", settings, config_file, alone=True)
    pack = load_pack(name)
    _accept(pack, accept_licence)
    with (
        stoppable(f"the download of {name} was stopped", "Run it again: it continues"),
        options.reporting(progress, False, False, None) as reporter,
    ):
        library.pull(pack, config, reporter, source)
    pack = load_pack(name)
    pack.verify()
    typer.echo(f"{name}: {len(pack.files)} files, verified")
    if pack.research_only:
        typer.echo(f"{name} is for research only: its results may not be used commercially")


@models_app.command()
def calibrate(
    name: _Name,
    faces: Annotated[
        Path,
        typer.Option(
            metavar="DIR", help="Photographs, aligned, 112x112: one folder of .jpg a person."
        ),
    ],
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FILE", help="A file for --config.")
    ] = None,
    into_pack: Annotated[
        bool, typer.Option("--into-pack", help="Write it into the pack.toml of your own pack.")
    ] = False,
    face_model: options.FaceModelFile = None,
    device: options.DeviceName = "auto",
    settings: options.Settings = None,
    config_file: options.ConfigFile = None,
) -> None:
    """Measure what the distances of a face model mean, for a pack of your own.

    Simulated films are made of the photographs. What comes out is printed, or a file for
    `vcn cluster --config`, or goes into the pack.toml, so that each run with the pack begins there.
    """
    from vcn.benchmark.calibrate import calibrate as measured
    from vcn.benchmark.photos import load_photos
    from vcn.benchmark.suite import embedder
    from vcn.commands.settings import with_settings
    from vcn.config import CalibrateConfig
    from vcn.runtime.whole import replace_file
    from vcn.weights.measured import own_packtoml, write_measured

    run = options.run_config(
        *(name, None, face_model, device, 0, options.AdaptChoice.off, True),
        settings=settings,
        config_file=config_file,
    )
    config = with_settings(CalibrateConfig(), "calibrate", settings, config_file)
    place = own_packtoml(name) if into_pack else None
    found = measured(load_photos(faces), embedder(run), config, run.evidence)
    if place is not None:
        write_measured(place, found.of_pack())
        typer.echo(f"{place}: says what the distances of its face model mean")
        if out is None:
            return
    text = found.toml()
    if out is None:
        typer.echo(text, nl=False)
        return
    replace_file(out, text.encode())
    typer.echo(f"{out}: use it with vcn cluster --config {out}")


@models_app.command()
def verify(
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="One pack. [all that are installed]")
    ] = None,
) -> None:
    """Check the files of a pack, or of all installed packs, by size and sha256."""
    from vcn.errors import CheckFailed, PackError
    from vcn.weights.packs import load_pack, pack_names

    if name is not None:
        load_pack(name).verify()
        typer.echo(f"{name}: verified")
        return
    failed = []
    for each in pack_names():
        pack = load_pack(each)
        if pack.missing():
            typer.echo(f"{each}: not installed")
            continue
        try:
            pack.verify()
            typer.echo(f"{each}: verified")
        except PackError as error:
            typer.echo(f"{each}: {error}")
            failed.append(each)
    if failed:
        raise CheckFailed(f"not verified: {', '.join(failed)}")


@models_app.command("import")
def import_checkpoint(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="The checkpoint of Ball Cluster Learning.")
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="A .safetensors file.")],
) -> None:
    """Convert the checkpoint that the authors of BCL released, for --method bcl.

    No code inside it is run. It fits their 256-value features alone.
    """
    from vcn.errors import UsageError
    from vcn.methods.bcl.official import import_official
    from vcn.runtime.whole import check_writable
    from vcn.weights.learned import save_learned

    if out.suffix != ".safetensors":
        raise UsageError(f"-o {out} must end in .safetensors")
    check_writable(out)
    learned = import_official(file)
    save_learned(learned, out)
    typer.echo(
        f"{out}: bcl, features of {learned.origin['width']} values, "
        f"squared radius {(learned.threshold or 0) / 4:.7f}, cut at {learned.threshold:.7f}"
    )


@models_app.command("path")
def show_path(name: _Name) -> None:
    """Print where the files of a pack are, one a line."""
    from vcn.errors import PackError
    from vcn.weights.packs import load_pack

    pack = load_pack(name)
    for file in pack.missing():
        raise PackError(
            f"pack {name}: {file.name} is missing: {file.path}",
            f"run: vcn models pull {name}" if file.url else "",
        )
    for file in pack.files:
        typer.echo(str(file.path))


@models_app.command()
def remove(
    name: _Name,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Delete the downloaded files of a pack; hashes that were pinned stay."""
    from vcn.weights import pull as library
    from vcn.weights.packs import load_pack

    pack = load_pack(name)
    if not yes:
        typer.confirm(f"delete the files of {name}?", abort=True, err=True)
    typer.echo(f"{name}: {library.remove(pack) / 1e6:.1f} MB freed")


def _row(pack: Pack) -> tuple[str, ...]:
    from vcn.errors import PackError

    sizes = [file.size for file in pack.files]
    known = sum(size for size in sizes if size is not None)
    missing = bool(pack.missing())
    verified = "-"
    if not missing:
        try:
            pack.verify()
            verified = "yes"
        except PackError:
            verified = "NO"
    model = pack.face_model
    return (
        pack.name,
        "-" if pack.detector is None else pack.detector.kind,
        "-" if model is None else f"{model.kind} {model.embedding_dim}-d",
        "not known" if None in sizes else _size(known),
        " + ".join(dict.fromkeys(item.id.removeprefix("LicenseRef-") for item in pack.licences)),
        "yes" if pack.commercial else "NO" if pack.research_only else "not known",
        "no" if missing else "yes",
        verified,
    )


def _size(size: int | None) -> str:
    return "size not known" if size is None else f"{size / 1e6:.1f} MB"


def _show_licences(pack: Pack) -> None:
    for licence in pack.licences:
        typer.echo(f"licence of the {licence.covers}: {licence.id}")
        typer.echo(f"  commercial use: {_commercial(licence)}")
        if licence.note:
            typer.echo(f"  {licence.note}")


def _commercial(licence: Licence) -> str:
    return {True: "yes", False: "NO: research only", None: "not known"}[licence.commercial_use]


def _accept(pack: Pack, accepted: bool) -> None:
    """Show the licences and ask.

    Raises:
        PackError: The user did not accept, or nobody is there to ask.
    """
    import sys

    from vcn.errors import PackError

    _show_licences(pack)
    if accepted:
        return
    refused = PackError(
        f"the licences of the pack {pack.name} were not accepted", "Give --accept-licence"
    )
    if not sys.stdin.isatty():
        raise refused
    if not typer.confirm("do you accept?", err=True):
        raise refused
