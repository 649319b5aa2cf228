# SPDX-License-Identifier: EUPL-1.2
"""The figures of a measurement, measured and corrected, counted by hand."""

from dataclasses import asdict, replace
from datetime import date, timedelta

import pytest

from meetlat.analysis.indicators import indicators
from meetlat.analysis.share import Share
from meetlat.model.domain import Domain
from meetlat.model.judgement import Judgement
from meetlat.model.norm import Verdict
from meetlat.model.target import Listing, Role, Target
from meetlat.replies.corrected import Noted, corrected
from meetlat.replies.effects import Effect
from meetlat.replies.reply import Kind, Outcome
from meetlat.standards.loading import standards
from meetlat.store.errors import MeasurementError
from tests.unit import made_up
from tests.unit.made_up import measurement
from tests.unit.replies.made_up_replies import DAY, standing

LINES = [Listing(Domain(f"d{number}.nl"), f"Gemeente {number}", "Gemeenten", (Role.WEB,)) for number in range(4)]
FAILS, KEEPS = Verdict.NON_COMPLIANT, Verdict.COMPLIANT


def measured(folder, hsts, https):
    """Four websites, each with a verdict on HSTS and on HTTPS."""
    judged = {}
    for line, one, other in zip(LINES, hsts, https, strict=True):
        target = Target(line.domain, Role.WEB)
        judged[target] = [Judgement(target, "hsts", "2021-01", (), one, {}), Judgement(target, "https", "2023-07", (), other, {})]
    return measurement(folder, [LINES], judged)


def of(number, kind, outcome, standard, measurement_id, **more):
    """A reply of one of the four."""
    one = standing(kind, outcome, standard, organisation=f"Gemeente {number}", domain=f"d{number}.nl", roles=(Role.WEB,), **more)
    return replace(one, reply=replace(one.reply, id=f"2026-{number:04d}", measurement=measurement_id))


def line(lines, key, group=None):
    """Find one figure."""
    return next(one for one in lines if (one.key, one.part, one.group) == (key, "", group))


@pytest.fixture
def folder(tmp_path):
    """HSTS: kept by the first only. HTTPS: not kept by the last."""
    measured(tmp_path / "m", (KEEPS, FAILS, FAILS, FAILS), (KEEPS, KEEPS, KEEPS, FAILS))
    return tmp_path / "m"


@pytest.fixture
def replies(folder):
    """The second is disputed, the third explained, and the fourth is not theirs."""
    id_ = made_up_id(folder)
    return [
        of(1, Kind.DISPUTE, Outcome.ACCEPTED, "hsts", id_),
        of(2, Kind.LEG_UIT, Outcome.ACCEPTED, "hsts", id_, due=date(2027, 1, 1)),
        of(3, Kind.NOT_OURS, Outcome.ACCEPTED, "", id_),
    ]


def made_up_id(folder):
    """Return the id of a measurement."""
    return corrected(folder, [], DAY, standards()).measurement


def test_measured_and_corrected_stand_side_by_side(folder, replies):
    """One of four; corrected one of two, one not known, one gone; the explained one is among those that fall short."""
    found = corrected(folder, replies, DAY, standards())
    hsts = line(found.standards, "hsts")
    assert hsts.measured == Share(1, 4, 0, 0)
    assert hsts.corrected == Share(1, 2, 1, 0)
    assert hsts.noted == Noted(explained=1, disputed=0, planned=0, gone=1, changed=3)
    assert hsts.is_corrected
    https = line(found.standards, "https")
    assert (https.measured, https.corrected, https.noted) == (Share(3, 4, 0, 0), Share(3, 3, 0, 0), Noted(gone=1, changed=1))
    assert line(found.standards, "hsts", "Gemeenten").corrected == Share(1, 2, 1, 0)
    assert (found.count, found.gone) == (3, ("d3.nl",))


def test_composites_are_folded_anew(folder, replies):
    """Everything for the web: kept by the first, the second not known, the third explained, the fourth gone."""
    web = line(corrected(folder, replies, DAY, standards()).composites, "iv-web")
    assert web.measured == Share(1, 4, 0, 0)
    assert web.corrected == Share(1, 2, 1, 0)
    assert web.noted == Noted(explained=1, gone=1, changed=3)


def test_what_is_open_changes_no_figure(folder):
    """It is only counted as disputed or planned."""
    id_ = made_up_id(folder)
    open_ = [of(1, Kind.DISPUTE, None, "hsts", id_), of(2, Kind.PLANNED, None, "hsts", id_, due=date(2027, 1, 1))]
    found = corrected(folder, open_, DAY, standards())
    for one in (line(found.standards, "hsts"), line(found.composites, "iv-web")):
        assert one.measured == one.corrected == Share(1, 4, 0, 0)
        assert (one.noted, one.is_corrected) == (Noted(disputed=1, planned=1), False)
    assert found.count == 0


def test_without_replies_both_are_what_indicators_counts(folder):
    """The same queries count both."""
    found = corrected(folder, [], DAY, standards())
    counted = indicators(folder, standards().values())
    assert (
        [one.measured for one in found.standards] == [one.corrected for one in found.standards] == [one.share for one in counted.standards]
    )
    assert [one.corrected for one in found.composites] == [one.share for one in counted.composites]


def test_a_later_measurement_settles_a_dispute(folder, tmp_path, monkeypatch, replies):
    """The second keeps it when it is measured again."""
    monkeypatch.setattr(made_up, "FINISHED", made_up.FINISHED + timedelta(days=30))
    measured(tmp_path / "later", (FAILS, KEEPS, FAILS, FAILS), (KEEPS,) * 4)
    found = corrected(folder, replies[:1], DAY, standards(), tmp_path / "later")
    assert line(found.standards, "hsts").corrected == Share(2, 4, 0, 0)
    assert [one.effect for one in found.corrections] == [Effect.MEASURED_AGAIN]
    with pytest.raises(ValueError, match="not later"):
        corrected(tmp_path / "later", replies, DAY, standards(), folder)


def test_everything_gone_leaves_nothing_to_be_a_share_of(folder):
    """No division, no figure of the past."""
    gone = [of(number, Kind.NOT_OURS, Outcome.ACCEPTED, "", "x") for number in range(4)]
    hsts = line(corrected(folder, gone, DAY, standards()).standards, "hsts")
    assert (hsts.measured, hsts.corrected) == (Share(1, 4, 0, 0), Share(0, 0, 0, 0))


def test_the_list_of_corrections_names_no_person(folder, replies):
    """Who is the organisation; when is the day of the reply and of the decision."""
    found = corrected(folder, replies, DAY, standards()).corrections
    assert {(one.organisation, one.replied, one.decided) for one in found} == {
        (f"Gemeente {number}", date(2026, 6, 20), date(2026, 6, 25)) for number in (1, 2, 3)
    }
    assert not {"CISO", "analist", "omdat"} & {str(value) for one in found for value in asdict(one).values()}


def test_faults(tmp_path, folder, replies):
    """What is no measurement is said so; replies of another day are a bug of the caller."""
    with pytest.raises(MeasurementError):
        corrected(tmp_path / "nothing", [], DAY, standards())
    with pytest.raises(ValueError, match="another day"):
        corrected(folder, replies, DAY + timedelta(1), standards())
