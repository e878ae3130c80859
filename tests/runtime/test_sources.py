"""Which sources a module stands on."""

from __future__ import annotations

from pathlib import Path

from vcn.runtime.sources import modules_of, sources_of


def test_a_system_stands_on_its_own_sources_alone() -> None:
    found = modules_of("vcn.methods.hac")
    assert {"vcn.methods.hac", "vcn.equations.linkage", "vcn.types.film"} <= found
    assert not any(name.startswith("vcn.methods.vcn") for name in found)
    assert "vcn.config.season" not in found
    assert {"vcn.equations.pair_mixture", "vcn.config.evidence", "vcn.stages.adapt"} <= modules_of(
        "vcn.methods.vcn.method"
    )
    assert "vcn.nets.track_transformer" in modules_of("vcn.methods.per_film.transformer")
    assert modules_of("numpy") == modules_of("") == modules_of("vcn.no_such") == frozenset()


def test_what_is_imported_late_or_through_a_package_counts(tmp_path: Path) -> None:
    package = tmp_path / "pack"
    late = "def f():\n    from pack.config import ONE\n    import pack.late\n    return ONE\n"
    handed_on = "from pack.config.one import _ONE as ONE\nfrom pack.config.two import TWO\n"
    files = {
        "__init__.py": "",
        "a.py": late,
        "late.py": "import numpy\n",
        "config/__init__.py": handed_on,
        "config/one.py": "_ONE = 1\n",
        "config/two.py": "TWO = 2\n",
        "other.py": "",
    }

    def write(**changed: str) -> Path:
        # A folder of its own each time: what was read is kept.
        place = tmp_path / str(len(list(tmp_path.iterdir()))) / package.name
        for name, text in {**files, **changed}.items():
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            (place / name).write_text(text)
        return place

    first = write()
    assert modules_of("pack.a", first) == {"pack.a", "pack.late", "pack.config.one"}
    before = sources_of("pack.a", first)
    assert (
        sources_of("pack.a", write(**{"config/two.py": "TWO = 3\n", "other.py": "1\n"})) == before
    )
    assert sources_of("pack.a", write(**{"config/one.py": "_ONE = 3\n"})) != before
    assert sources_of("pack.a", write(**{"late.py": ""})) != before
