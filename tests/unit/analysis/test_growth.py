# SPDX-License-Identifier: EUPL-1.2
"""Is growth out of it? Intervals against published examples and an independent formula, and the answers that follow from them."""

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from meetlat.analysis.growth import Answer, Growth, growth, paired_interval, tango
from meetlat.analysis.moments import Moments
from meetlat.analysis.series import read_series
from meetlat.analysis.trend import Key
from meetlat.model.target import Role
from meetlat.standards.loading import standards
from tests.unit.analysis.in_time import in_time

_95 = float(stats.norm.ppf(0.975))
_90 = float(stats.norm.ppf(0.95))
_HSTS = Key("hsts", "", Role.WEB)


@pytest.mark.parametrize(
    ("counts", "quantile", "interval"),
    [
        # Fagerland, Lydersen and Laake (2014), Statistics in Medicine 33: Bentur's 21 children (1, 1, 7, 12).
        pytest.param((1, 7, 21), _95, (-0.517, -0.026), id="Bentur 2009, in Fagerland 2014"),
        # R, PropCIs::scoreci.mp(25, 28, 618, 0.90): that is of (28 - 25) / 618.
        pytest.param((28, 25, 618), _90, (-0.0148, 0.0247), id="PropCIs"),
    ],
)
def test_the_interval_is_that_of_published_examples(counts, quantile, interval):
    """Tango's interval, to the digits that were printed."""
    digits = len(str(interval[0]).partition(".")[2])
    assert tuple(round(bound, digits) for bound in tango(*counts, quantile)) == interval


@settings(deadline=None)
@given(counts=st.lists(st.integers(0, 60), min_size=3, max_size=3).filter(sum), quantile=st.floats(1, 4))
def test_the_interval_is_that_of_the_closed_form(counts, quantile):
    """Yang, Sun and Hardin (2013): the bounds solve an equation of the fourth degree, unless a bound is at the edge."""
    improved, regressed, _ = counts
    pairs, square = sum(counts), quantile**2
    apart, changed = improved - regressed, improved + regressed
    equation = (
        pairs**2 * (pairs / square + 1) ** 2,
        -pairs * apart * (pairs / square + 1) * (4 * pairs / square + 1),
        2 * pairs * apart**2 * (3 * pairs / square + 2) / square - pairs**2 * (changed / square + 1),
        pairs * apart * (2 * changed / square + 1) - apart**3 * (4 * pairs / square + 1) / square,
        apart**2 * (apart**2 / square - changed) / square,
    )
    for bound in tango(improved, regressed, pairs, quantile):
        roots = [root.real for root in np.roots(equation) if abs(root.imag) < 1e-3]
        assert min(abs(bound - root) for root in [*roots, -1.0, 1.0]) < 1e-4


@settings(deadline=None)
@given(improved=st.integers(0, 40), regressed=st.integers(0, 40), rest=st.integers(1, 40), quantile=st.floats(1, 4))
def test_the_interval_is_the_same_in_the_mirror(improved, regressed, rest, quantile):
    """What improved and what regressed change places: so do the bounds, and the difference is always between them."""
    pairs = improved + regressed + rest
    low, high = tango(improved, regressed, pairs, quantile)
    assert tango(regressed, improved, pairs, quantile) == pytest.approx((-high, -low), abs=1e-7)
    assert -1 <= low <= (improved - regressed) / pairs <= high <= 1


def _moments(sizes, before, after):
    """Moments of organisations of these sizes, so many of which complied before and do after; the fewest changes possible."""
    improved = sum(max(now - was, 0) for was, now in zip(before, after, strict=True))
    regressed = sum(max(was - now, 0) for was, now in zip(before, after, strict=True))
    kept = sum(before) - regressed
    return Moments(
        points=(0, 1),
        weights=(-1.0, 1.0),
        patterns={
            (True, True): kept,
            (False, True): improved,
            (True, False): regressed,
            (False, False): sum(sizes) - kept - improved - regressed,
        },
        organisations=len(sizes),
        squares=sum(size * size for size in sizes),
        between=sum((now - was) ** 2 / size for size, was, now in zip(sizes, before, after, strict=True)),
    )


@pytest.mark.parametrize(
    ("sizes", "before", "after", "effect"),
    [
        pytest.param((1,) * 10, (0,) * 10, (1, 1, *(0,) * 8), 1, id="each domain an organisation of its own"),
        # Of 14 domains, 25 + 9 is the sum of squares of the sizes.
        pytest.param((5, *(1,) * 9), (0,) * 10, (5, *(0,) * 9), 34 / 14, id="each moves as a whole"),
        pytest.param((5, *(1,) * 9), (1, *(1,) * 9), (1, *(1,) * 9), 34 / 14, id="nothing moved: organisations count as wholes"),
        pytest.param((5, *(1,) * 9), (0,) * 10, (5, *(1,) * 9), 34 / 14, id="all moved the same way: as well"),
        # One of ten improves in each: between 4 * 1/10 - 40/100 = 0, within (4 - .4) / 36 = .1: less alike than chance makes.
        pytest.param((10,) * 4, (0,) * 4, (1,) * 4, 1, id="organisations do not differ"),
        # Between (2 * 16/10 - 40 * .2^2) / 3 = 1.6/3, within (8 - 3.2) / 36 = .4/3; alike 1.2 / (1.6 + 9 * .4) = 3/13; 1 + 9 * 3/13.
        pytest.param((10,) * 4, (0,) * 4, (4, 4, 0, 0), 40 / 13, id="somewhat alike"),
    ],
)
def test_domains_that_move_together_count_for_less(sizes, before, after, effect):
    """The design effect, by hand."""
    assert _moments(sizes, before, after).design_effect == pytest.approx(effect)


def test_one_organisation_cannot_tell():
    """It says nothing of how organisations differ."""
    assert paired_interval(_moments((10,), (0,), (9,))) == (-1.0, 1.0)


@pytest.mark.parametrize(
    ("low", "high", "answer"),
    [
        pytest.param(0.001, 0.01, Answer.GROWTH, id="above zero"),
        pytest.param(-0.05, -0.001, Answer.DECLINE, id="below zero"),
        pytest.param(-0.009, 0.01, Answer.STAGNATION, id="less than a point, either way"),
        pytest.param(-0.009, 0.011, Answer.UNCLEAR, id="a point of growth could be"),
        pytest.param(-0.02, 0.0, Answer.UNCLEAR, id="decline could be, and zero too"),
        pytest.param(-1.0, 1.0, Answer.UNCLEAR, id="anything could be"),
    ],
)
def test_the_answer_follows_from_the_interval(low, high, answer):
    """Standing still is shown only when everything else is ruled out."""
    assert Growth(_HSTS, None, 0, 10, 10, 5, 5, 0, 0, low, high).answer is answer


def _steps(tmp_path, *columns, days=("2025-01-01", "2025-07-01", "2026-01-01"), whose=None):
    """Measurements of domains d00, d01, ...: a letter per domain."""
    folders = [
        in_time(tmp_path / day, day, {f"d{number:02d}.nl": letter for number, letter in enumerate(letters)}, whose=whose)
        for day, letters in zip(days, columns, strict=False)
    ]
    return read_series(folders)


def _of_all(found):
    return [one for one in found if one.key == _HSTS and one.group is None]


def test_only_what_was_judged_both_times_counts(tmp_path):
    """Of ten domains three improve, one regresses, two stay; two were undetermined once, one had nothing to judge, one went."""
    series = _steps(tmp_path, "nnnccnucxc", "cccncncux", days=("2025-01-01", "2025-07-01"))
    (one,) = _of_all(growth(series, standards().values()))
    assert (one.targets, one.organisations, one.was, one.is_now, one.improved, one.regressed) == (6, 6, 2, 4, 3, 1)
    assert one.difference == pytest.approx(2 / 6)
    assert one.pace is None
    assert one.answer is Answer.UNCLEAR


@pytest.mark.parametrize(
    ("before", "after", "answer"),
    [
        pytest.param("n" * 30, "c" * 30, Answer.GROWTH, id="everything improved"),
        pytest.param("c" * 30, "n" * 30, Answer.DECLINE, id="everything regressed"),
        pytest.param("c" * 380, "c" * 380, Answer.UNCLEAR, id="nothing changed, of too few to rule out a point"),
        pytest.param("c" * 390, "c" * 390, Answer.STAGNATION, id="nothing changed, of enough"),
        pytest.param("c", "n", Answer.UNCLEAR, id="one domain"),
    ],
)
def test_the_extremes(tmp_path, before, after, answer):
    """When nothing changed of n, the bounds are q^2 / (n + q^2) either way: with q = 1.966 under a point from n = 383 on."""
    domains = {f"d{number:03d}.nl": letter for number, letter in enumerate(before)}
    later = {f"d{number:03d}.nl": letter for number, letter in enumerate(after)}
    series = read_series([in_time(tmp_path / "a", "2025-01-01", domains), in_time(tmp_path / "b", "2026-01-01", later)])
    (one,) = _of_all(growth(series, standards().values()))
    assert one.answer is answer


def test_no_domain_was_judged_twice(tmp_path):
    """Then there is no line, and no division by zero."""
    assert growth(_steps(tmp_path, "uu", "cn"), standards().values()) == ()


_YEARS = ("2024-01-01", "2025-01-01", "2026-01-01")


@pytest.mark.parametrize(
    ("days", "columns", "paces", "told"),
    [
        pytest.param(_YEARS, ("n" * 40, "c" * 20 + "n" * 20, "c" * 20 + "n" * 20), (0.5, 0), "slower", id="stopped"),
        pytest.param(_YEARS, ("n" * 40, "n" * 40, "c" * 20 + "n" * 20), (0, 0.5), "faster", id="began"),
        pytest.param(_YEARS, ("n" * 40, "c" + "n" * 39, "c" + "n" * 39), (1 / 40, 0), "", id="one domain less is chance"),
        pytest.param(_YEARS, ("c" * 40, "c" * 20 + "n" * 20, "c" * 20 + "n" * 20), (-0.5, 0), "", id="no longer in decline is no growth"),
        pytest.param(
            ("2025-01-01", "2025-04-02", "2026-01-01"),
            ("n" * 400, "c" * 100 + "n" * 300, "c" * 200 + "n" * 200),
            (0.25 * 365.25 / 91, 0.25 * 365.25 / 274),
            "slower",
            id="as many improved in thrice the time",
        ),
    ],
)
def test_the_pace_against_the_interval_before(tmp_path, days, columns, paces, told):
    """Per year, over the domains that were judged all three times."""
    folders = [
        in_time(tmp_path / day, day, {f"d{number:03d}.nl": letter for number, letter in enumerate(letters)})
        for day, letters in zip(days, columns, strict=True)
    ]
    pace = _of_all(growth(read_series(folders), standards().values()))[-1].pace
    assert (pace.before * 12, pace.now * 12) == pytest.approx(paces, abs=0.002)
    assert (pace.is_slower, pace.is_faster) == (told == "slower", told == "faster")


def test_measurements_days_apart_have_no_pace(tmp_path):
    """A month of 28 days is the least."""
    series = _steps(tmp_path, "nnnn", "cnnn", "ccnn", days=("2025-01-01", "2025-01-28", "2025-07-01"))
    assert _of_all(growth(series, standards().values()))[-1].pace is None


@pytest.mark.parametrize("together", [0.0, 0.5, 1.0], ids=["each on its own", "half of them", "as wholes"])
def test_an_interval_holds_the_truth_as_often_as_it_says(together):
    """Of 300 drawn governments of 60 organisations with 1 to 30 domains, at least 95% of the intervals hold the true change.

    At 95%, fewer than 276 of 300 hits has a chance below 1 in 100. One that takes domains to move on their own misses far too often.
    """
    chance = random.Random(20261127)  # noqa: S311 - made-up data, not secrets
    truth, hits, naive = 0.2 * 0.7 - 0.05 * 0.3, 0, 0

    def now(complies):
        return chance.random() >= 0.05 if complies else chance.random() < 0.2

    for _ in range(300):
        sizes = [chance.choice((1, 1, 1, 2, 3, 5, 10, 30)) for _ in range(60)]
        before, after = [], []
        for size in sizes:
            if chance.random() < together:
                was = chance.random() < 0.3
                before.append(size * was)
                after.append(size * now(was))
            else:
                were = [chance.random() < 0.3 for _ in range(size)]
                before.append(sum(were))
                after.append(sum(map(now, were)))
        moments = _moments(sizes, before, after)
        low, high = paired_interval(moments)
        hits += low <= truth <= high
        low, high = tango(moments.improved, moments.regressed, moments.targets, _95)
        naive += low <= truth <= high
    assert hits >= 276
    assert (naive < 240) == (together > 0)
