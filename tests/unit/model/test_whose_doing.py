# SPDX-License-Identifier: EUPL-1.2
"""Whose doing it is that there is no answer: an address that is public nowhere is of who publishes it."""

from datetime import UTC, datetime

import pytest

from meetlat.model.evidence import Cause, Evidence, Failure, Need, Observation
from meetlat.model.finding import unanswered

NEED = Need("http", "https://duinrade.example/", "10.0.0.1")
OTHER = Need("http", "https://duinrade.example/", "198.51.100.7")
AT = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("address", "cause"),
    [
        pytest.param("127.0.0.1", Cause.THEIRS, id="loopback"),
        pytest.param("::1", Cause.THEIRS, id="loopback of IPv6"),
        pytest.param("10.20.30.40", Cause.THEIRS, id="private"),
        pytest.param("fd00::1", Cause.THEIRS, id="unique local"),
        pytest.param("100.64.0.1", Cause.THEIRS, id="behind the NAT of a provider"),
        pytest.param("0.0.0.0", Cause.THEIRS, id="no address"),
        pytest.param("192.0.2.1", Cause.THEIRS, id="documentation"),
        pytest.param("2001:db8::1", Cause.THEIRS, id="documentation of IPv6"),
        pytest.param("fe80::1", Cause.THEIRS, id="link-local"),
        pytest.param("64:ff9b::c633:6407", Cause.OURS, id="NAT64, which a resolver on our side can have made of an IPv4 address"),
        pytest.param("64:ff9b:1::1", Cause.OURS, id="NAT64 of a network of its own"),
        pytest.param("2002:c633:6407::1", Cause.OURS, id="6to4"),
        pytest.param("2001:0:c633:6407::1", Cause.OURS, id="Teredo"),
        pytest.param("::ffff:198.51.100.7", Cause.OURS, id="mapped"),
        pytest.param("", Cause.OURS, id="an address that is not known"),
        pytest.param("10.0.0.300", Cause.OURS, id="no address at all"),
    ],
)
def test_what_the_guard_refuses(address, cause):
    """Theirs when nobody on the internet could reach it; ours when only our guard stands in between. It stays unknown either way."""
    seen = Observation(NEED, AT, failure=Failure.GUARDED, detail=address)
    assert seen.cause is cause
    finding = unanswered("https.is-available", "10.0.0.1", Evidence([seen]), NEED)
    assert (finding.status.value, finding.reason, finding.cause) == ("undetermined", "guarded", cause)


@pytest.mark.parametrize(
    ("failure", "cause"),
    [
        (Failure.OPTED_OUT, Cause.OURS),
        (Failure.OUR_LIMIT, Cause.OURS),
        (Failure.CONNECT_TIMEOUT, Cause.PATH),
        (Failure.SERVFAIL, Cause.THEIRS),
    ],
)
def test_other_failures_are_whose_they_are(failure, cause):
    """Also when they tell of a private address: who asked to be left alone is left alone by us."""
    assert Observation(NEED, AT, failure=failure, detail="10.0.0.1").cause is cause


def test_an_answer_has_no_cause():
    """There is nothing to be anyone's doing."""
    assert Observation(NEED, AT, answer={"status": 200}).cause is None


def test_a_failure_of_ours_beside_it_comes_first():
    """What is most our own decides."""
    guarded = Observation(NEED, AT, failure=Failure.GUARDED, detail="10.0.0.1")
    limit = Observation(OTHER, AT, failure=Failure.OUR_LIMIT)
    assert unanswered("https.is-available", "duinrade.example", Evidence([guarded, limit]), NEED, OTHER).reason == "our-limit"


def test_what_was_not_asked_is_ours():
    """Nobody but we could have asked it."""
    assert unanswered("https.is-available", "duinrade.example", Evidence(), NEED).cause is Cause.OURS
