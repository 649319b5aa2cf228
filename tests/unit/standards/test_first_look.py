# SPDX-License-Identifier: EUPL-1.2
"""An answer that says of itself that it is incomplete counts only when it was seen twice."""

from datetime import UTC, datetime

import pytest

from meetlat.facts.dns import existence
from meetlat.facts.mail import session
from meetlat.model.domain import Domain
from meetlat.model.evidence import Evidence, Need, Observation
from meetlat.model.finding import Status
from meetlat.model.target import Role, Target
from meetlat.standards.loading import standards

_AT = datetime(2026, 6, 1, tzinfo=UTC)
_DOMAIN = Domain("duinrade.example")
_HOST, _IPV4, _IPV6 = "mx1.duinrade.example", "198.51.100.25", "2001:db8::25"
_UP_TO_EHLO = {"banner_code": 220, "ehlo_code": 250, "extensions": ["STARTTLS"]}
_GOOD = {**_UP_TO_EHLO, "starttls_code": 220, "tls": {"version": "TLSv1.3"}, "complete": True}


def _dns(name: str, record_type: str, *values: str, **more: object) -> Observation:
    records = [[name, record_type, 300, value] for value in values]
    return Observation(Need("dns", name, record_type), _AT, answer={"rcode": "NOERROR", "security": "secure", "records": records, **more})


def _found(standard: str, rule: str, role: Role, seen: Evidence) -> list[tuple[Status, str]]:
    chosen = standards()[standard]
    return [(finding.status, finding.reason) for finding in chosen.rules[rule](Target(_DOMAIN, role), seen, chosen.norms[-1])]


@pytest.mark.parametrize(
    ("attempt", "expected"), [(1, (Status.UNDETERMINED, "incomplete")), (2, (Status.VIOLATED, "expired"))], ids=["once", "twice"]
)
def test_bogus_counts_when_it_is_seen_twice(attempt: int, expected: tuple[Status, str]):
    """A lost DNSKEY answer looks like a bogus zone for a moment."""
    answer = {"rcode": "NOERROR", "security": "bogus", "ede": [[7, ""]], "records": [], "complete": False}
    seen = Evidence([Observation(existence(_DOMAIN), _AT, answer=answer, attempt=attempt)])
    assert _found("dnssec", "dnssec.domain-signatures-are-valid", Role.WEB, seen) == [expected]
    assert _found("dnssec", "dnssec.domain-is-signed", Role.WEB, seen) == [(Status.SATISFIED, "")]


_BROKEN = [
    ({**_UP_TO_EHLO, "starttls_code": 454}, (Status.VIOLATED, "refused")),
    ({**_UP_TO_EHLO, "starttls_code": 220, "starttls_failure": "tls-closed"}, (Status.VIOLATED, "closed")),
    ({**_UP_TO_EHLO, "starttls_code": 220, "starttls_failure": "tls-not-spoken"}, (Status.VIOLATED, "not-tls")),
    ({"banner_code": 421}, (Status.NOT_APPLICABLE, "address-does-not-answer")),
]


@pytest.mark.parametrize(("answer", "twice"), _BROKEN, ids=["454", "closed", "nonsense", "421"])
@pytest.mark.parametrize("attempt", [1, 2])
def test_a_broken_session_counts_when_it_is_seen_twice(attempt: int, answer: dict[str, object], twice: tuple[Status, str]):
    """A mail server may be busy once; then nothing is said of it, neither that it fails nor that it does not matter."""
    seen = Evidence(
        [
            _dns(_DOMAIN.name, "MX", f"10 {_HOST}"),
            _dns(_HOST, "A", _IPV4),
            _dns(_HOST, "AAAA", _IPV6),
            Observation(session(_HOST, _IPV4), _AT, answer=_GOOD),
            Observation(session(_HOST, _IPV6), _AT, answer={**answer, "complete": False}, attempt=attempt),
        ]
    )
    found = _found("starttls", "starttls.is-offered", Role.MAIL, seen)
    assert found == [twice if attempt == 2 else (Status.UNDETERMINED, "incomplete"), (Status.SATISFIED, "")]
