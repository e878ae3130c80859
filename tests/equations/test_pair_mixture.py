"""The mixture over pairs: it finds what made up films were made with."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from vcn.equations.pair_mixture import PairPrior, fit_pair_mixture, most_of_one_person
from vcn.types import Float64Array, IntArray

PRIOR = PairPrior(-2.3, 0.25, 0.08, 0.2, 15.0, (0.0, 0.0), 0.15, (-0.5, -0.8), 0.4, 10.0, 0.3, 1.0)


def made(
    people: int, tracks: int, seed: int, strangers: float = -2.6, scale: float = 0.15
) -> tuple[Float64Array, IntArray, IntArray]:
    """Log distances, buckets and the truth of a film: in bucket 1 people differ more."""
    rng = np.random.default_rng(seed)
    person = rng.permutation(np.arange(tracks) % people)
    size = rng.integers(0, 2, tracks)
    bucket = np.minimum(size[:, None], size[None, :])
    same = person[:, None] == person[None, :]
    nearer = np.array([-0.7, -1.4])[bucket]
    noise = rng.normal(0, scale, (tracks, tracks)), rng.normal(0, 0.25, (tracks, tracks))
    x = strangers + np.where(same, nearer + noise[1], noise[0])
    x = np.triu(x, 1)
    return x + x.T, bucket, person


def fit(x: Float64Array, bucket: IntArray, prior: PairPrior = PRIOR, **more: object):  # type: ignore[no-untyped-def]
    none = np.zeros(x.shape, np.bool_)
    known = {"different": none, "same": none, **more}
    return fit_pair_mixture(x, bucket, prior, start_rates=(0.1, 0.9), rounds=100, **known)


def test_it_finds_what_the_film_was_made_with() -> None:
    x, bucket, person = made(6, 60, 0)
    found = fit(x, bucket)
    same = person[:, None] == person[None, :]
    pairs = np.triu_indices(60, 1)
    assert found.strangers == pytest.approx(-2.6, abs=0.05)
    assert found.stranger_scale == pytest.approx(0.15, abs=0.02)
    assert found.nearer == pytest.approx([-0.7, -1.4], abs=0.1)
    # Held half-way to the kind of film that it is, of several people.
    assert found.base_rate == pytest.approx((same[pairs].mean() + 0.1) / 2, abs=0.02)
    odds = found.log_ratio(x, bucket) + np.log(found.base_rate / (1 - found.base_rate))
    assert ((odds > 0) == same)[pairs].mean() > 0.98


def test_many_tracks_tell_that_strangers_differ_less() -> None:
    prior = replace(PRIOR, scale_tracks=100.0)
    scales = [fit(*made(6, n, 0, scale=0.1)[:2], prior).stranger_scale for n in (12, 60, 240)]
    assert scales == sorted(scales, reverse=True)
    assert scales[0] > 0.18
    assert scales[2] < 0.15


def test_strangers_never_differ_more_than_the_prior_says() -> None:
    x, bucket, _ = made(6, 120, 0, scale=0.25)
    assert fit(x, bucket).stranger_scale == PRIOR.stranger_scale


def test_log_ratio_is_that_of_the_densities() -> None:
    x, bucket, _ = made(4, 20, 1)
    found = replace(fit(x, bucket), track=np.zeros(20))
    at = np.array([[0.0, found.strangers - 0.3], [found.strangers - 0.3, 0.0]])
    two = replace(found, track=np.zeros(2))
    got = two.log_ratio(at, np.zeros((2, 2), np.int64))[0, 1]
    left = -0.3 - found.strangers_nearer[0]
    one = stats.norm(found.nearer[0], found.same_sd[0]).logpdf(left)
    other = stats.t(15, scale=found.stranger_scale).logpdf(left)
    assert got == pytest.approx(one - other)


def test_nearer_never_speaks_less_for_one_person() -> None:
    x, bucket, _ = made(5, 30, 2)
    found = replace(fit(x, bucket), track=np.zeros(200))
    line = np.tile(np.linspace(-9, 1, 200), (200, 1))
    ratio = found.log_ratio(line, np.ones((200, 200), np.int64))[0]
    assert (np.diff(ratio) <= 1e-9).all()


def test_a_film_of_one_person_and_one_of_strangers() -> None:
    rng = np.random.default_rng(3)
    noise = rng.normal(0, 0.3, (12, 12))
    one = np.triu(-3.3 + noise, 1)
    many = np.triu(-2.3 + 0.5 * noise, 1)
    bucket = np.ones((12, 12), np.int64)
    assert fit(one + one.T, bucket).base_rate > 0.5
    assert fit(many + many.T, bucket).base_rate < 0.1


def test_strangers_who_are_nearer_where_both_faces_are_small() -> None:
    """Their bucket says so, whatever its prior, and they are not taken for one person."""
    x, bucket, person = made(8, 60, 6)
    poor = bucket == 0
    x = x - np.where(poor, 0.5, 0.0)
    found = fit(x, bucket)
    assert -0.52 < found.strangers_nearer[0] < -0.35  # .15 from film to film, expected at 0
    assert found.strangers_nearer[1] == 0
    assert found.strangers == pytest.approx(-2.6, abs=0.1)
    strangers = np.triu(person[:, None] != person[None, :], 1)
    odds = found.log_ratio(x, bucket)[strangers & poor]
    firm = fit(x, bucket, replace(PRIOR, strangers_nearer_sd=1e-3)).log_ratio(x, bucket)
    assert np.mean(odds > 0) < 0.05 < np.mean(firm[strangers & poor] > 0)


def test_what_is_certain_teaches_the_rest() -> None:
    """Pairs that a person named move the meaning of distances in the whole film."""
    x, bucket, person = made(3, 18, 4, scale=0.4)
    same = person[:, None] == person[None, :]
    named = np.zeros_like(same)
    named[:6, :6] = same[:6, :6]
    np.fill_diagonal(named, False)
    apart = np.zeros_like(same)
    apart[:6, :6] = ~same[:6, :6]
    free, taught = fit(x, bucket), fit(x, bucket, same=named, different=apart)
    rows = np.triu_indices(18, 1)

    def wrong(found: object) -> float:
        odds = found.log_ratio(x, bucket)  # type: ignore[attr-defined]
        odds = odds + np.log(found.base_rate / (1 - found.base_rate))  # type: ignore[attr-defined]
        return float(((odds > 0) != same)[rows].mean())

    assert wrong(taught) <= wrong(free)


def test_no_pair_and_one_pair() -> None:
    for n in (1, 2):
        found = fit(np.full((n, n), -2.4), np.zeros((n, n), np.int64))
        assert np.isfinite([found.strangers, found.base_rate, found.stranger_scale]).all()


def test_tracks_that_were_not_fitted_get_their_effect() -> None:
    x, bucket, _ = made(6, 80, 5)
    shift = np.linspace(-0.1, 0.1, 80)
    x = x + shift[:, None] + shift[None, :]
    prior = replace(PRIOR, track_sd=0.2)
    whole = fit(x, bucket, prior)
    some = np.arange(0, 80, 2)
    part = np.ix_(some, some)
    extended = fit(x[part], bucket[part], prior).extended(x[:, some], bucket[:, some], some)
    assert np.corrcoef(whole.track, extended.track)[0, 1] > 0.9


def test_two_in_one_frame_rule_out_a_film_of_one_person() -> None:
    different = np.zeros((10, 10), np.bool_)
    assert most_of_one_person(different) == 1
    for a, b in ((0, 1), (0, 2), (3, 4)):  # 0 may be the only other one of the first two
        different[a, b] = different[b, a] = True
    assert most_of_one_person(different) == pytest.approx(0.8**2)
    assert most_of_one_person(np.zeros((0, 0), np.bool_)) == 1
