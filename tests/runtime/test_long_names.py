"""Names of results of films with long names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vcn.runtime.names import beside


def test_a_usual_name_stays() -> None:
    assert beside("film", ".clusters.json") == "film.clusters.json"


@pytest.mark.parametrize("stem", ["x" * 250, "电" * 82, "é" * 124])
def test_a_long_name_is_shortened_to_what_a_file_may_have(stem: str) -> None:
    name = beside(stem, ".clusters.json", ".clusters.boxes.parquet")
    longest = name.replace(".clusters.json", ".clusters.boxes.parquet")
    assert 245 <= len(longest.encode()) <= 255
    assert name.startswith(stem[:70])
    assert name != beside(f"{stem[:-1]}y", ".clusters.json", ".clusters.boxes.parquet")


@given(st.text(max_size=300))
def test_any_name_fits(stem: str) -> None:
    try:
        assert len(beside(stem, ".json").encode("utf-8", "surrogateescape")) <= 255
    except UnicodeEncodeError:
        assert any("\ud800" <= c <= "\udfff" for c in stem)
