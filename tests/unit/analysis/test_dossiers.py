# SPDX-License-Identifier: EUPL-1.2
"""What is known of each domain by itself, held against what was put into the measurement."""

from datetime import timedelta

import pytest

from meetlat.analysis.dossiers import Standing, dossiers, histories_in
from meetlat.analysis.panels import opened
from meetlat.analysis.series import read_series
from meetlat.model.finding import Status
from meetlat.model.norm import Verdict
from meetlat.model.target import Role, Target
from meetlat.standards.loading import standards
from meetlat.store.errors import MeasurementError
from tests.unit import made_up
from tests.unit.made_up import DUINRADE, HEIDERIJK, SHARDS, VEENWAARD, judgement, measurement

RULE = "hsts.header-is-present"


def _measured(folder, statuses, reasons=None):
    """Measure the made-up websites on HSTS."""
    reasons = reasons or {}
    judged = {
        Target(line.domain, Role.WEB): [judgement(Target(line.domain, Role.WEB), "hsts", {RULE: status}, reasons.get(line, ""))]
        for line, status in statuses.items()
    }
    measurement(folder, SHARDS, judged)
    return folder


def test_every_domain_comes_once_in_the_order_of_the_shards(tmp_path):
    """A domain of which nothing was judged is there too, with nothing."""
    folder = _measured(tmp_path / "meting", {DUINRADE: Status.VIOLATED, HEIDERIJK: Status.SATISFIED}, {DUINRADE: "absent"})
    found = list(dossiers(folder))
    assert [(one.listing, one.shard) for one in found] == [(DUINRADE, 0), (HEIDERIJK, 0), (VEENWAARD, 1)]
    assert found[0].standings == {Role.WEB: (Standing("hsts", "", "2021-01", Verdict.NON_COMPLIANT),)}
    assert [(one.rule, one.status, one.reason) for one in found[0].told] == [(RULE, Status.VIOLATED, "absent")]
    assert found[1].told == ()
    assert found[2].standings == {}


def test_what_is_unknown_is_told_and_what_holds_for_a_role_is_a_reason(tmp_path):
    """Undetermined is told; that a domain does not exist is said once, with the status of the finding."""
    statuses = {DUINRADE: Status.UNDETERMINED, HEIDERIJK: Status.NOT_APPLICABLE}
    folder = _measured(tmp_path / "meting", statuses, {DUINRADE: "servfail", HEIDERIJK: "domain-does-not-exist"})
    first, second, _ = dossiers(folder)
    assert [(one.status, one.reason) for one in first.told] == [(Status.UNDETERMINED, "servfail")]
    assert (first.reasons, second.told, second.reasons) == ((), (), ("not_applicable/domain-does-not-exist",))


def test_a_measurement_that_is_not_whole_is_refused(tmp_path):
    """Where verdicts are missing nothing is told."""
    folder = _measured(tmp_path / "meting", {DUINRADE: Status.SATISFIED})
    (folder / "verdicts.parquet").unlink()
    with pytest.raises(MeasurementError):
        next(dossiers(folder))


def test_a_history_has_what_changed_and_everything_together(tmp_path):
    """HSTS changed on one website and not on the other; everything together is always there."""
    with pytest.MonkeyPatch.context() as patch:
        for moment in ("STARTED", "FINISHED"):
            patch.setattr(made_up, moment, getattr(made_up, moment) - timedelta(days=100))
        before = _measured(tmp_path / "first", {DUINRADE: Status.VIOLATED, HEIDERIJK: Status.SATISFIED})
    after = _measured(tmp_path / "last", {DUINRADE: Status.SATISFIED, HEIDERIJK: Status.SATISFIED})
    series = read_series([before, after])
    with opened(series, standards().values()) as connection:
        found = histories_in(connection, 2)
    changed = (Verdict.NON_COMPLIANT, Verdict.COMPLIANT)
    same = (Verdict.COMPLIANT, Verdict.COMPLIANT)
    assert {(one.key, one.verdicts) for one in found["gemeente-duinrade.nl"]} == {("hsts", changed), ("iv-web", changed)}
    assert {(one.key, one.verdicts) for one in found["heiderijk.nl"]} == {("iv-web", same)}
