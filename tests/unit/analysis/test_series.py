# SPDX-License-Identifier: EUPL-1.2
"""Which measurements make a series, and what is said of those that do not."""

import pytest

from meetlat.analysis.series import SeriesError, SeriesFault, read_series
from meetlat.store.errors import MeasurementError
from tests.unit.analysis.in_time import in_time

_OLD, _NEW = {"hsts": "2018-01"}, {"hsts": "2021-01"}


def _of(folder, day, norms=None, parent=None):
    """Measurement of one domain."""
    return in_time(folder, day, {"a.nl": "c" * len(norms or _NEW)}, norms=norms or _NEW, parent=parent)


def test_the_order_is_that_of_time(tmp_path):
    """Whatever the order in which they are given."""
    third, first, second = (_of(tmp_path / day, day) for day in ("2026-01-01", "2025-01-01", "2025-07-01"))
    series = read_series([third, first, second])
    assert [point.folder for point in series.points] == [first, second, third]
    assert [point.day.isoformat() for point in series.points] == ["2025-01-01", "2025-07-01", "2026-01-01"]


def test_standards_that_were_not_judged_everywhere_are_told(tmp_path):
    """They make no series together with the others."""
    first = _of(tmp_path / "a", "2025-01-01", {"hsts": "2021-01", "dnssec": "2005-03"})
    series = read_series([first, _of(tmp_path / "b", "2026-01-01")])
    assert (series.standards, series.not_everywhere) == (("hsts",), ("dnssec",))
    assert series.norms == {"hsts": "2021-01", "dnssec": "2005-03"}


def _refused(folders, rejudged=()):
    """Return why a series is refused."""
    with pytest.raises(SeriesError) as refused:
        read_series(folders, rejudged)
    return refused.value


def test_one_measurement_is_no_series(tmp_path):
    """Nor is none."""
    assert _refused([]).fault is SeriesFault.TOO_FEW
    assert _refused([_of(tmp_path / "a", "2025-01-01")]).fault is SeriesFault.TOO_FEW


def test_the_same_evidence_twice_is_refused(tmp_path):
    """Also when the second is a re-judgement, or a re-judgement of that."""
    first = _of(tmp_path / "a", "2025-01-01", _OLD)
    again = _of(tmp_path / "b", "2025-01-01", _NEW, parent=first)
    error = _refused([first, again])
    assert error.fault is SeriesFault.TWICE
    assert set(error.details.values()) == {str(first), str(again)}


def test_no_time_between_two_is_refused(tmp_path):
    """A pace of something in no time is none."""
    folders = [_of(tmp_path / "a", "2025-01-01"), in_time(tmp_path / "b", "2025-01-01", {"b.nl": "c"})]
    assert _refused(folders).fault is SeriesFault.SAME_MOMENT


def test_a_rejudgement_of_something_else_is_refused(tmp_path):
    """It belongs to no point."""
    folders = [_of(tmp_path / "a", "2025-01-01"), _of(tmp_path / "b", "2026-01-01")]
    stranger = in_time(tmp_path / "c", "2024-01-01", {"b.nl": "c"})
    assert _refused(folders, [stranger]).details == {"path": str(stranger)}


def test_another_norm_is_refused_with_the_command_that_mends_it(tmp_path):
    """The first is to be judged by the norm of the last."""
    first, last = _of(tmp_path / "a", "2025-01-01", _OLD), _of(tmp_path / "b", "2026-01-01", _NEW)
    error = _refused([first, last])
    assert error.fault is SeriesFault.OTHER_NORM
    assert error.details["command"] == f"meetlat judge {first} --norms hsts=2021-01"
    assert (error.details["norm"], error.details["other_norm"], error.norms) == ("2018-01", "2021-01", {"hsts": "2021-01"})


@pytest.mark.parametrize(
    ("again", "norm", "compared"),
    [
        pytest.param(("a",), "2021-01", ("a again", "b"), id="the first by the new norm"),
        pytest.param(("b",), "2018-01", ("a", "b again"), id="the last by the old norm"),
        pytest.param(("a", "b"), "2021-01", ("a again", "b"), id="both: the new norm counts"),
    ],
)
def test_a_rejudgement_makes_norms_the_same(tmp_path, again, norm, compared):
    """And every judgement of the same evidence is kept with its point."""
    given = {"a": _of(tmp_path / "a", "2025-01-01", _OLD), "b": _of(tmp_path / "b", "2026-01-01", _NEW)}
    other = {"a": ("2025-01-01", _NEW), "b": ("2026-01-01", _OLD)}
    rejudged = [_of(tmp_path / f"{name} again", *other[name], parent=given[name]) for name in again]
    series = read_series(given.values(), rejudged)
    assert [point.folder for point in series.points] == [tmp_path / name for name in compared]
    assert [len(point.versions) for point in series.points] == [1 + ("a" in again), 1 + ("b" in again)]
    assert series.norms == {"hsts": norm}


def test_what_is_no_measurement_is_told(tmp_path):
    """As everywhere."""
    with pytest.raises(MeasurementError):
        read_series([_of(tmp_path / "a", "2025-01-01"), tmp_path / "nothing"])
