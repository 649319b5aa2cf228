# SPDX-License-Identifier: EUPL-1.2
"""Which share is to be expected on the agreed date, when all will comply at this pace, and which pace is needed; worked out by hand."""

from datetime import date
from math import exp, log, sqrt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meetlat.analysis.forecast import Drift, Outlook, agreed_for, drift, forecast
from meetlat.analysis.growth import Answer, growth
from meetlat.analysis.moments import Moments
from meetlat.analysis.series import read_series
from meetlat.analysis.trend import Key
from meetlat.model.agreement import Agreement, AgreementKind, Ask, Reading
from meetlat.model.partial_date import PartialDate
from meetlat.model.target import Role
from meetlat.standards.loading import standards
from tests.unit.analysis.in_time import in_time

_HSTS, _WEB = Key("hsts", "", Role.WEB), Key("iv-web", "", Role.WEB)
_T1 = 3.0777  # the 90% quantile of Student's t with one degree of freedom, as tables print it
_MONTH = 365.25 / 12


def _agreement(by: tuple[int, ...], kind: AgreementKind = AgreementKind.STREEFBEELDAFSPRAAK, groups=(), id_="one") -> Agreement:
    """Make an agreement that something is so by a moment."""
    words, asks = {"nl": "x", "en": "x"}, (Ask("hsts", Role.WEB),)
    return Agreement(
        id_, words, kind, "OBDO", words, groups, asks, Reading.MUST, PartialDate(2018), PartialDate(*by), None, ("https://a.example/",)
    )


def _series(tmp_path, columns):
    """Measurements: a day and a letter per domain."""
    return read_series(
        in_time(tmp_path / day, day, {f"d{at:03d}.nl": letter for at, letter in enumerate(letters)}) for day, letters in columns.items()
    )


def _first(series, agreement):
    """Return the outlook for HSTS, all groups together."""
    return next(one for one in forecast(series, standards().values(), [agreement]) if (one.key, one.group) == (_HSTS, None))


_GROWS = {"2024-01-01": "c" * 50 + "n" * 50, "2025-01-01": "c" * 70 + "n" * 30}
_FALLS = {"2024-01-01": "c" * 70 + "n" * 30, "2025-01-01": "c" * 50 + "n" * 50}
_STILL = {"2024-01-01": "c" * 50 + "n" * 50, "2025-01-01": "c" * 50 + "n" * 50}
_ALL = {"2024-01-01": "c" * 50 + "n" * 50, "2025-01-01": "c" * 100}
_DAYS_APART = {"2025-01-01": "c" * 50 + "n" * 50, "2025-01-20": "c" * 70 + "n" * 30}


@pytest.mark.parametrize(
    ("columns", "by", "outlook", "told"),
    [
        # Log-odds from ln(50.5/50.5) = 0 to ln(70.5/30.5) = 0.838 in 366 days; all but half a domain is ln(100) = 4.605: 4.5 years more.
        pytest.param(_GROWS, (2029, 12, 31), Outlook.IN_TIME, (True, True), id="in time"),
        pytest.param(_GROWS, (2029, 1, 1), Outlook.TOO_LATE, (True, True), id="too late"),
        pytest.param(_GROWS, (2024, 12, 31), Outlook.OVERDUE, (False, False), id="the date has passed"),
        pytest.param(_FALLS, (2029, 1, 1), Outlook.NOT_AT_THIS_PACE, (True, True), id="decline"),
        pytest.param(_STILL, (2029, 1, 1), Outlook.NOT_AT_THIS_PACE, (True, True), id="nothing changed"),
        pytest.param(_STILL, (2020, 1, 1), Outlook.OVERDUE_NOT_AT_THIS_PACE, (False, False), id="overdue and nothing changed"),
        pytest.param(_ALL, (2029, 1, 1), Outlook.REACHED, (True, False), id="everything complies"),
        pytest.param(_ALL, (2020, 1, 1), Outlook.REACHED, (False, False), id="everything complies after the date"),
        pytest.param(_DAYS_APART, (2029, 1, 1), Outlook.TOO_SHORT, (False, True), id="days apart"),
    ],
)
def test_how_the_date_stands_to_the_pace(tmp_path, columns, by, outlook, told):
    """And whether a share and a pace needed can be said."""
    one = _first(_series(tmp_path, columns), _agreement(by))
    assert (one.outlook, one.expected is not None, one.needed is not None) == (outlook, *told)


def test_a_line_through_two_points(tmp_path):
    """One year from 50 to 70 of 100, and one year and a day to go: as far again on the logistic scale, from 70.5 of 101."""
    one = _first(_series(tmp_path, _GROWS), _agreement((2026, 1, 2)))
    odds = log(70.5 / 30.5)
    assert one.expected.value == pytest.approx(1 / (1 + exp(-2 * odds)), abs=1e-6)
    assert one.expected.low < one.expected.value < one.expected.high
    assert one.pace == pytest.approx(0.20 / (366 / _MONTH))
    assert one.needed == pytest.approx(0.30 / (366 / _MONTH))
    assert (one.pace_in_targets, one.needed_in_targets) == (pytest.approx(1.663, abs=0.001), 3)  # 2.49 a month, so three
    assert one.reached == date(2025, 1, 1).fromordinal(date(2025, 1, 1).toordinal() + round(366 * (log(100) - odds) / odds))
    assert one.earliest < one.reached < one.latest
    assert one.is_line_through_two_points


def test_the_band_leaves_open_what_the_interval_of_growth_leaves_open(tmp_path):
    """When growth cannot be told from zero, the share on the agreed day may be lower than now, and all may comply never."""
    series = _series(tmp_path, {"2024-01-01": "c" * 50 + "n" * 50, "2025-01-01": "c" * 51 + "n" * 49})
    (change,) = [one for one in growth(series, standards().values()) if (one.key, one.group) == (_HSTS, None)]
    one = _first(series, _agreement((2027, 1, 1)))
    assert change.answer is Answer.UNCLEAR
    assert one.expected.low < 0.51 < one.expected.value
    assert one.latest is None


def _moments(*compliant, targets=1000):
    """Moments of targets that each have an organisation of their own and never regress."""
    patterns, before = {}, 0
    for at, count in enumerate(compliant):
        patterns[tuple(point >= at for point in range(len(compliant)))] = count - before
        before = count
    patterns[(False,) * len(compliant)] = targets - before
    improved = compliant[-1] - compliant[0]
    return Moments(tuple(range(len(compliant))), (-1.0, *(0.0,) * (len(compliant) - 2), 1.0), patterns, targets, targets, improved)


def test_three_points_show_how_much_the_pace_strays():
    """Steps of a and b log-odds in 6 months each stray (a - b) / 2 from the mean: s^2 = 2 * ((a - b) / 2)^2 / 6, of one degree."""
    odds = [log((count + 0.5) / (1000.5 - count)) for count in (300, 500, 600)]
    a, b = odds[1] - odds[0], odds[2] - odds[1]
    walk = drift(_moments(300, 500, 600), (0, 6, 12))
    assert walk.pace == pytest.approx((a + b) / 12)
    assert walk.wobble == pytest.approx(_T1 * sqrt(((a - b) / 2) ** 2 * 2 / 6), rel=1e-4)
    then = walk.after(24)
    assert then.value == pytest.approx(2 * (a + b))
    assert then.high - then.value == pytest.approx(walk.wobble * sqrt(24 + 24 * 24 / 12))


def test_unequal_intervals_weigh_by_their_length():
    """The same pace in 3 and in 9 months strays not at all."""
    quarter = 1000.5 * exp(0.25) / (1 + exp(0.25))
    walk = Drift(0.1, 0.08, 0.12, 0, 12)
    assert (walk.after(10).low, walk.after(10).value, walk.after(10).high) == pytest.approx((0.8, 1.0, 1.2))
    straight = drift(_moments(500, round(quarter), 731), (0, 3, 12))
    assert straight.wobble == pytest.approx(0, abs=0.02)


def test_points_less_than_a_month_apart_count_once(tmp_path):
    """The later of the two is kept, and domains need not have been judged at the other."""
    letters = {"2024-01-01": "c" * 50 + "n" * 50, "2024-12-20": "u" * 90 + "n" * 10, "2025-01-01": "c" * 70 + "n" * 30}
    one = _first(_series(tmp_path, letters), _agreement((2029, 1, 1)))
    assert (one.points, one.targets, one.compliant) == (2, 100, 70)


def test_one_organisation_has_no_pace(tmp_path):
    """Its domains may move by one decision."""
    whose = {f"d{at}.nl": ("Rijk", "Rijk") for at in range(9)}
    series = read_series(
        in_time(tmp_path / day, day, dict.fromkeys(whose, letter), whose=whose)
        for day, letter in (("2024-01-01", "n"), ("2025-01-01", "c"))
    )
    before = read_series(
        in_time(tmp_path / f"{day}b", day, {**dict.fromkeys(whose, letter), "d0.nl": "n"}, whose=whose)
        for day, letter in (("2024-01-01", "n"), ("2025-01-01", "c"))
    )
    assert _first(series, _agreement((2029,))).outlook is Outlook.REACHED
    one = _first(before, _agreement((2029,)))
    assert (one.outlook, one.pace, one.expected) == (Outlook.TOO_SHORT, None, None)


@settings(deadline=None)
@given(counts=st.lists(st.integers(0, 200), min_size=2, max_size=4).map(sorted), months=st.floats(0.1, 300))
def test_a_band_holds_its_value_and_stays_a_share(counts, months):
    """Whatever was measured."""
    walk = drift(_moments(*counts, targets=200), [6.0 * at for at in range(len(counts))])
    then = walk.after(months)
    assert then.low <= then.value <= then.high


_2019, _2022 = _agreement((2019,)), _agreement((2022,), id_="two")


@pytest.mark.parametrize(
    ("key", "group", "agreements", "day"),
    [
        pytest.param(_HSTS, None, (_2022, _2019), date(2019, 12, 31), id="the first agreement counts, to its last day"),
        pytest.param(_HSTS, "Gemeenten", (_2022,), date(2022, 12, 31), id="of everyone, so of a group"),
        pytest.param(_HSTS, "Gemeenten", (_agreement((2022,), groups=("Rijk",)),), None, id="of another group"),
        pytest.param(_HSTS, None, (_agreement((2022,), groups=("Rijk",)),), None, id="of one group is not of everyone"),
        pytest.param(_HSTS, None, (_agreement((2022,), kind=AgreementKind.PAS_TOE_OF_LEG_UIT),), None, id="a list binds at purchases"),
        pytest.param(Key("hsts", "", Role.MAIL), None, (_2022,), None, id="another role"),
        pytest.param(_WEB, None, (_2022,), date(2022, 12, 31), id="everything: when the last of its standards is"),
        pytest.param(_HSTS, None, (), None, id="nothing was agreed"),
    ],
)
def test_by_when_it_was_agreed(tmp_path, key, group, agreements, day):
    """Of the standards that were judged."""
    found = agreed_for(key, group, _series(tmp_path, _GROWS), standards().values(), agreements)
    assert (found and found.day) == day
