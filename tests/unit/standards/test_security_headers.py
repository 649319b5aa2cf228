# SPDX-License-Identifier: EUPL-1.2
"""Several policies, and policies too long to be kept: what the scenario table of the standard has no room for."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meetlat.facts.csp import parse
from meetlat.facts.response_headers import KEPT_CHARACTERS
from meetlat.facts.web import https_root
from meetlat.model.domain import Domain
from meetlat.model.evidence import Cause, Evidence, Need, Observation
from meetlat.model.finding import Status
from meetlat.model.target import Role, Target
from meetlat.probes import http
from meetlat.standards.loading import standards
from meetlat.standards.security_headers import csp_demands

_AT = datetime(2026, 6, 1, tzinfo=UTC)
_DOMAIN = Domain.parse("duinrade.example")
_ADDRESS = "198.51.100.1"
_STRICT = "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
_STANDARD = standards()["security_headers"]
_NORM = _STANDARD.norms[-1]
_REQUIRED = _NORM.words("required_directives")

_DIRECTIVE = st.tuples(
    st.sampled_from(
        ["default-src", "script-src", "script-src-attr", "style-src", "object-src", "base-uri", "form-action", "frame-ancestors"]
    ),
    st.lists(
        st.sampled_from(["'self'", "'unsafe-inline'", "'unsafe-eval'", "'nonce-YQ'", "'strict-dynamic'", "*", "https:", "data:"]),
        max_size=3,
    ),
).map(lambda pair: " ".join([pair[0], *pair[1]]))
_POLICY = st.lists(_DIRECTIVE, min_size=1, max_size=6).map("; ".join)


@given(st.lists(_POLICY, min_size=1, max_size=3), _POLICY)
def test_another_policy_never_opens_anything(policies: list[str], other: str):
    """Browsers do what all policies allow, so one more policy can only take faults away, or name them more closely."""
    before = csp_demands.faults(parse(policies), _REQUIRED)
    after = csp_demands.faults(parse([*policies, other]), _REQUIRED)
    assert not after or before
    assert {fault for fault in after if fault.reason == csp_demands.MISSING} <= set(before)


@given(st.lists(_POLICY, max_size=3))
def test_a_strict_policy_among_others_is_enough(policies: list[str]):
    """Whatever stands beside it, what one policy forbids is forbidden."""
    assert csp_demands.faults(parse([*policies, _STRICT]), _REQUIRED) == ()


@given(st.permutations([_STRICT, "script-src 'unsafe-inline'", "default-src *", "object-src data:"]))
def test_the_order_of_policies_means_nothing(policies: list[str]):
    """They are all kept at once."""
    assert csp_demands.faults(parse(policies), _REQUIRED) == ()


def _seen(*headers: tuple[str, str]) -> Evidence:
    """Make the evidence of a site with one address that answers with these headers."""
    answers: dict[Need, dict[str, object]] = {
        Need("dns", "duinrade.example", "A"): {
            "rcode": "NOERROR",
            "security": "secure",
            "ede": [],
            "records": [["duinrade.example", "A", 300, _ADDRESS]],
        },
        Need("dns", "duinrade.example", "AAAA"): {"rcode": "NOERROR", "security": "secure", "ede": [], "records": []},
        https_root(_DOMAIN, _ADDRESS): {"status": 200, "headers": headers},
    }
    return Evidence(Observation(need, _AT, answer=answer) for need, answer in answers.items())


@pytest.mark.parametrize("rule", ["security_headers.csp-is-restrictive", "security_headers.framing-is-limited"])
def test_a_policy_of_which_the_end_was_not_kept_is_not_judged(rule: str):
    """What we cut off is our doing: the verdict waits, whatever the part that was kept says."""
    policy = (_STRICT + "; img-src" + " kaarten.example" * 600)[:KEPT_CHARACTERS]
    seen = _seen(("Content-Security-Policy", policy), ("X-Frame-Options", "DENY"))
    (finding,) = _STANDARD.rules[rule](Target(_DOMAIN, Role.WEB), seen, _NORM)
    assert (finding.status, finding.cause) == (Status.UNDETERMINED, Cause.OURS)
    (whole,) = _STANDARD.rules[rule](Target(_DOMAIN, Role.WEB), _seen(("Content-Security-Policy", policy[:-1])), _NORM)
    assert whole.status is Status.SATISFIED


def test_the_probe_keeps_what_the_reader_thinks_it_keeps():
    """The one number that a probe and a fact must agree on."""
    assert http._MAX_HEADER_VALUE == KEPT_CHARACTERS  # noqa: SLF001 - facts may not import probes, so a test keeps them together
