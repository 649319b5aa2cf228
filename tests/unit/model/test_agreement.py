# SPDX-License-Identifier: EUPL-1.2
"""Where a domain stands on an agreement follows from its verdicts, the day, and nothing else."""

from datetime import date

import pytest

from meetlat.model.agreement import Agreement, AgreementKind, Ask, Reading, State, state
from meetlat.model.domain import Domain
from meetlat.model.evidence import Cause
from meetlat.model.finding import Finding, Status
from meetlat.model.judgement import Judgement
from meetlat.model.norm import Verdict
from meetlat.model.partial_date import PartialDate
from meetlat.model.target import Listing, Role, Target

GOOD, BAD, UNKNOWN, NONE = Verdict.COMPLIANT, Verdict.NON_COMPLIANT, Verdict.UNDETERMINED, Verdict.NOT_APPLICABLE
BEFORE, BETWEEN, LAST_DAY, AFTER = date(2018, 3, 31), date(2019, 6, 1), date(2019, 12, 31), date(2020, 1, 1)
LISTING = Listing(Domain("duinrade.nl"), "Gemeente Duinrade", "Gemeenten", (Role.WEB, Role.MAIL))


def agreement(*asks: Ask, reading: Reading = Reading.MUST, groups: tuple[str, ...] = (), in_force: str = "") -> Agreement:
    """Make an agreement of April 2018, by the end of 2019."""
    return Agreement(
        id="made-up",
        names={},
        kind=AgreementKind.STREEFBEELDAFSPRAAK,
        made_by="OBDO",
        werkingsgebied={},
        groups=groups,
        asks=asks,
        reading=reading,
        agreed=PartialDate(2018, 4),
        by=None if in_force else PartialDate(2019, 12, 31),
        in_force=PartialDate.parse(in_force) if in_force else None,
        sources=(),
    )


def judged(standard: str, verdict: Verdict, role: Role = Role.WEB, norm: str = "1", **parts: Verdict) -> Judgement:
    """Make a judgement without findings."""
    return Judgement(Target(LISTING.domain, role), standard, norm, (), verdict, parts)


HSTS, TLS, SPF = Ask("hsts", Role.WEB), Ask("tls", Role.WEB), Ask("spf", Role.MAIL)
BOTH = agreement(HSTS, SPF)


@pytest.mark.parametrize(
    ("day", "verdicts", "expected"),
    [
        pytest.param(AFTER, (GOOD, GOOD), State.KEPT, id="all is well"),
        pytest.param(AFTER, (GOOD, BAD), State.NOT_KEPT, id="one falls short after the date"),
        pytest.param(LAST_DAY, (GOOD, BAD), State.NOT_DUE, id="one falls short on the last day on which it may"),
        pytest.param(BETWEEN, (GOOD, GOOD), State.KEPT, id="kept before it must be"),
        pytest.param(AFTER, (GOOD, UNKNOWN), State.UNDETERMINED, id="one is not known"),
        pytest.param(BETWEEN, (GOOD, UNKNOWN), State.UNDETERMINED, id="one is not known, and it is not due"),
        pytest.param(AFTER, (BAD, UNKNOWN), State.NOT_KEPT, id="one falls short, whatever the other"),
        pytest.param(AFTER, (GOOD, NONE), State.KEPT, id="one does not apply"),
        pytest.param(AFTER, (NONE, NONE), State.NOT_APPLICABLE, id="none applies"),
        pytest.param(AFTER, (NONE, UNKNOWN), State.UNDETERMINED, id="one does not apply, the other is not known"),
        pytest.param(BEFORE, (BAD, BAD), State.NOT_APPLICABLE, id="before it was agreed"),
    ],
)
def test_the_state_follows_from_the_verdicts_and_the_day(day, verdicts, expected):
    """The worst verdict decides; the date makes falling short a breach."""
    web, mail = verdicts
    assert state(BOTH, day, LISTING, [judged("hsts", web), judged("spf", mail, Role.MAIL)]) is expected


@pytest.mark.parametrize(
    ("made", "judgements", "expected"),
    [
        pytest.param(agreement(HSTS), [], State.UNDETERMINED, id="not judged"),
        pytest.param(agreement(HSTS), [judged("hsts", GOOD, Role.MAIL)], State.UNDETERMINED, id="judged in the other role only"),
        pytest.param(agreement(HSTS), [judged("hsts", GOOD), judged("spf", BAD)], State.KEPT, id="something it does not ask falls short"),
        pytest.param(agreement(HSTS, groups=("gemeenten",)), [judged("hsts", BAD)], State.NOT_KEPT, id="for this group, in other letters"),
        pytest.param(agreement(HSTS, groups=("Provincies",)), [judged("hsts", BAD)], State.NOT_APPLICABLE, id="for another group"),
        pytest.param(
            agreement(Ask("spf", Role.MAIL, ("record",))), [judged("spf", BAD, Role.MAIL, record=GOOD)], State.KEPT, id="only a part"
        ),
        pytest.param(
            agreement(Ask("spf", Role.MAIL, ("record",))), [judged("spf", GOOD, Role.MAIL)], State.UNDETERMINED, id="no such part"
        ),
        pytest.param(
            agreement(Ask("spf", Role.MAIL, ("record", "policy"))),
            [judged("spf", GOOD, Role.MAIL, record=GOOD, policy=BAD)],
            State.NOT_KEPT,
            id="one of two parts falls short",
        ),
        pytest.param(agreement(Ask("tls", Role.WEB, norm="2")), [judged("tls", BAD)], State.UNDETERMINED, id="judged by another norm"),
        pytest.param(
            agreement(Ask("tls", Role.WEB, norm="2")), [judged("tls", NONE)], State.NOT_APPLICABLE, id="another norm, and nothing to judge"
        ),
        pytest.param(agreement(Ask("tls", Role.WEB, norm="1")), [judged("tls", BAD)], State.NOT_KEPT, id="judged by the norm it names"),
    ],
)
def test_what_is_asked_of_whom(made, judgements, expected):
    """Groups, roles, parts and norms."""
    assert state(made, AFTER, LISTING, judgements) is expected


def test_a_domain_without_the_role_is_not_asked():
    """An agreement on mail says nothing of a name that only serves a website."""
    website = Listing(LISTING.domain, LISTING.organisation, LISTING.group, (Role.WEB,))
    assert state(agreement(SPF), AFTER, website, [judged("hsts", BAD)]) is State.NOT_APPLICABLE


@pytest.mark.parametrize(
    ("reading", "status", "expected"),
    [
        pytest.param(Reading.MUST, Status.VIOLATED, State.KEPT, id="phase-out does not count"),
        pytest.param(Reading.WITHOUT_PHASE_OUT, Status.VIOLATED, State.NOT_KEPT, id="phase-out counts"),
        pytest.param(Reading.WITHOUT_PHASE_OUT, Status.UNDETERMINED, State.UNDETERMINED, id="whether there is phase-out is not known"),
        pytest.param(Reading.WITHOUT_PHASE_OUT, Status.SATISFIED, State.KEPT, id="nothing is phased out"),
        pytest.param(Reading.WITHOUT_PHASE_OUT, Status.NOT_APPLICABLE, State.KEPT, id="nothing to phase out"),
    ],
)
def test_the_strict_reading_counts_what_is_phased_out(reading, status, expected):
    """And no other advice."""
    cause = Cause.OURS if status is Status.UNDETERMINED else None
    findings = (
        Finding("tls.versions-are-not-phased-out", "192.0.2.1", status, cause=cause),
        Finding("tls.ocsp-staple-is-valid", "192.0.2.1", Status.VIOLATED),
    )
    found = Judgement(Target(LISTING.domain, Role.WEB), "tls", "1", findings, Verdict.COMPLIANT, {})
    assert state(agreement(TLS, reading=reading), AFTER, LISTING, [found]) is expected


@pytest.mark.parametrize(
    ("in_force", "day", "expected"),
    [
        pytest.param("2023-07-01", date(2023, 6, 30), State.NOT_DUE, id="the day before"),
        pytest.param("2023-07-01", date(2023, 7, 1), State.NOT_KEPT, id="the day itself"),
        pytest.param("2019", date(2019, 12, 30), State.NOT_DUE, id="some day of that year, and it is not over"),
        pytest.param("2019", date(2019, 12, 31), State.NOT_KEPT, id="some day of that year, and it is over"),
    ],
)
def test_what_is_in_force_binds_on_the_day_itself(in_force, day, expected):
    """When only the year is known it binds when that is certain."""
    assert state(agreement(HSTS, in_force=in_force), day, LISTING, [judged("hsts", BAD)]) is expected
