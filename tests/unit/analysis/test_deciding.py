# SPDX-License-Identifier: EUPL-1.2
"""From a verdict to what decided it, down to the rows of the evidence."""

from datetime import timedelta

import pytest

from meetlat.analysis.deciding import NotCountedError, traced_domain, weighed
from meetlat.analysis.figure_reference import FigureReference
from meetlat.model.domain import Domain
from meetlat.model.evidence import Cause, Failure, Need, Observation
from meetlat.model.finding import Finding, Status
from meetlat.model.judgement import Judgement
from meetlat.model.norm import Norm, Obligation, Verdict
from meetlat.model.target import Role
from meetlat.standards.loading import standards
from meetlat.store.errors import Fault, MeasurementError
from meetlat.store.evidence import read_observations, stored_observations, write_shard
from meetlat.store.folder import create
from meetlat.store.judgements import write_judgements
from meetlat.store.manifest import seal
from tests.unit.made_up import COSTS, DUINRADE, FINISHED, HEIDERIJK, RUN, SHARDS, STARTED, VEENWAARD

_GOOD, _BAD, _GAP, _NONE = Status.SATISFIED, Status.VIOLATED, Status.UNDETERMINED, Status.NOT_APPLICABLE
_NORM = Norm(
    "x",
    "1",
    STARTED.date(),
    None,
    "source",
    {"x.a": Obligation.MUST, "x.b": Obligation.MUST, "x.c": Obligation.SHOULD, "x.d": Obligation.INFO},
    {"p": ("x.b", "x.c")},
    {},
)
_WEB = DUINRADE.targets()[0]
_SEEN = Need("http", "https://gemeente-duinrade.nl/", "198.51.100.7")
_UNASKED = Need("http", "https://gemeente-duinrade.nl/", "198.51.100.8")
_OTHER = Need("http", "https://heiderijk.nl/", "198.51.100.7")
_RULE = "hsts.header-is-present"


def _judgement(verdict: Verdict, **statuses: Status) -> Judgement:
    findings = tuple(
        Finding(f"x.{rule}", "d.nl", status, (), "", {}, Cause.PATH if status is _GAP else None) for rule, status in statuses.items()
    )
    return Judgement(_WEB, "x", "1", findings, verdict, {"p": verdict})


@pytest.mark.parametrize(
    ("judged", "part", "deciding"),
    [
        pytest.param(_judgement(Verdict.NON_COMPLIANT, a=_BAD, b=_GAP, c=_BAD, d=_BAD), "", {"x.a"}, id="a violated requirement"),
        pytest.param(_judgement(Verdict.UNDETERMINED, a=_GOOD, b=_GAP, c=_BAD), "", {"x.b"}, id="a gap, not the advice that is broken"),
        pytest.param(_judgement(Verdict.COMPLIANT, a=_GOOD, b=_GOOD, c=_BAD), "", {"x.a", "x.b"}, id="all requirements kept"),
        pytest.param(_judgement(Verdict.COMPLIANT, a=_GOOD, b=_NONE), "", {"x.a"}, id="what does not apply decides nothing"),
        pytest.param(_judgement(Verdict.NOT_APPLICABLE, a=_NONE, b=_NONE), "", {"x.a", "x.b"}, id="nothing applies"),
        pytest.param(_judgement(Verdict.NON_COMPLIANT, a=_GOOD, b=_BAD, c=_BAD), "p", {"x.b"}, id="a part"),
        pytest.param(_judgement(Verdict.UNDETERMINED), "", set(), id="no findings at all"),
    ],
)
def test_what_decides(judged, part, deciding):
    """Requirements only, and of those the ones that the verdict comes from."""
    assert {one.finding.rule for one in weighed(judged, _NORM, part) if one.decides} == deciding


def test_a_part_shows_its_own_rules_only():
    """A finding of another part is no reason for this verdict."""
    judged = _judgement(Verdict.COMPLIANT, a=_BAD, b=_GOOD, c=_GOOD)
    assert {one.finding.rule: one.counts for one in weighed(judged, _NORM, "p")} == {"x.b": True, "x.c": False}


def test_without_the_norm_no_weight_is_made_up():
    """Every finding is there, and nothing is said of what counted."""
    found = weighed(_judgement(Verdict.NON_COMPLIANT, a=_BAD), None)
    assert [(one.obligation, one.counts, one.decides) for one in found] == [(None, False, False)]


@pytest.fixture
def folder(tmp_path):
    """A website whose header is asked for twice: first a time-out, then an answer; and one need that was never asked."""
    folder = tmp_path / "m"
    create(folder, RUN, SHARDS)
    later = STARTED + timedelta(seconds=9)
    write_shard(
        folder,
        0,
        [
            Observation(_OTHER, STARTED, {"status": 200, "headers": []}),
            Observation(_SEEN, STARTED, failure=Failure.READ_TIMEOUT, detail="12 s"),
            Observation(_SEEN, later, {"status": 200, "headers": []}, attempt=2),
        ],
    )
    write_shard(folder, 1, [])
    findings = (
        Finding(_RULE, "198.51.100.7", _BAD, (_SEEN,), "absent"),
        Finding("hsts.max-age-is-enough", "198.51.100.8", _NONE, (_UNASKED,)),
    )
    judged = Judgement(_WEB, "hsts", "2021-01", findings, Verdict.NON_COMPLIANT, {})
    write_judgements(folder, ((line, [judged] if line is DUINRADE else []) for line in (DUINRADE, HEIDERIJK, VEENWAARD)))
    seal(folder, FINISHED, COSTS)
    return folder


def test_a_verdict_leads_to_the_rows_of_the_evidence(folder):
    """Every attempt, with its file, row, vantage and the answer as it is written; nothing of the neighbour's."""
    traced = traced_domain(folder, FigureReference(Role.WEB, "hsts"), Domain("gemeente-duinrade.nl"), standards())
    assert traced.verdict is Verdict.NON_COMPLIANT
    assert set(traced.observations) == {_SEEN}
    attempts = traced.observations[_SEEN]
    assert [(one.row, one.observation.attempt, one.written) for one in attempts] == [(0, 1, None), (1, 2, '{"headers":[],"status":200}')]
    assert {(one.file, one.vantage) for one in attempts} == {("evidence/shard-00000.parquet", "Testnet, Amsterdam")}
    assert traced.verdicts[0].needs() == (_SEEN, _UNASKED)


def test_rows_are_those_of_the_file(folder):
    """The row of an observation is its place among all of the shard."""
    everything = list(read_observations(folder, 0))
    for need in (_SEEN, _OTHER):
        for one in stored_observations(folder, 0, {need}):
            assert everything[one.row] == one.observation


def test_of_a_composite_the_deciding_standards_come_first(folder):
    """Here there is one, and it decides."""
    traced = traced_domain(folder, FigureReference(Role.WEB, "iv-web"), Domain("gemeente-duinrade.nl"), standards())
    assert [(one.judgement.standard, one.decides) for one in traced.verdicts] == [("hsts", True)]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("web/hsts@Waterschappen", id="another group"),
        pytest.param("web/hsts@Gemeenten@Gemeente Heiderijk", id="another organisation"),
        pytest.param("mail/spf", id="not judged"),
        pytest.param("web/hsts/policy", id="no such part"),
    ],
)
def test_a_domain_that_the_figure_does_not_count_is_refused(folder, text):
    """Rather than explained with something else."""
    with pytest.raises(NotCountedError):
        traced_domain(folder, FigureReference.parse(text), Domain("gemeente-duinrade.nl"), standards())


def test_a_domain_that_is_not_in_the_measurement_is_refused(folder):
    """With the fault of the measurement."""
    with pytest.raises(MeasurementError) as found:
        traced_domain(folder, FigureReference(Role.WEB, "hsts"), Domain("elders.nl"), standards())
    assert found.value.fault is Fault.UNKNOWN_DOMAIN
