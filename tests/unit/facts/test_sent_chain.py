# SPDX-License-Identifier: EUPL-1.2
"""Chains out of the evidence of a TLS probe."""

from base64 import b64encode

import pytest

from meetlat.facts.sent_chain import first_certificate, mail_session, sent_chains, without_chain
from meetlat.model.evidence import Cause, Evidence, Failure, Observation
from tests.unit.facts.made_certificates import NOW, make

NEED = mail_session("mx1.duinrade.example", "198.51.100.25")
LEAF, OTHER = make("leaf"), make("other")


def b64(der):
    """Write as the probe does."""
    return b64encode(der).decode()


def seen(attempt=1, **answer):
    """Make the evidence of one session."""
    return Evidence([Observation(NEED, NOW, answer=answer, attempt=attempt)])


def test_chains_come_in_the_order_seen_with_their_trust():
    """Each chain has the entry of ``trust`` at its own place."""
    evidence = seen(chains=[[b64(LEAF.der), b64(OTHER.der)], [b64(OTHER.der)]], trust=[{"trusted": True}, {"trusted": False}])
    first, second = sent_chains(NEED, evidence)
    assert ([one.der for one in first.certificates], first.is_trusted) == ([LEAF.der, OTHER.der], True)
    assert ([one.der for one in second.certificates], second.is_trusted) == ([OTHER.der], False)


@pytest.mark.parametrize("answer", [{}, {"chains": []}, {"chains": [[]]}, {"chains": None, "trust": None}])
def test_no_chain_is_no_chain(answer):
    """A server that never sent a certificate."""
    assert sent_chains(NEED, seen(**answer)) == ()
    assert sent_chains(NEED, Evidence()) == ()


def test_trust_that_was_not_looked_at_is_unknown():
    """Fewer entries than chains, or no word in them."""
    first, second = sent_chains(NEED, seen(chains=[[b64(LEAF.der)], [b64(OTHER.der)]], trust=[{}]))
    assert (first.is_trusted, second.is_trusted) == (None, None)


def test_what_is_no_certificate_stays_what_was_sent():
    """A digest of the whole can still be compared with it."""
    ((certificate,),) = (chain.certificates for chain in sent_chains(NEED, seen(chains=[[b64(b"nothing")]])))
    assert (certificate.der, certificate.parsed) == (b"nothing", None)


def test_a_chain_without_end_is_read_so_far():
    """A hostile server may send thousands."""
    (chain,) = sent_chains(NEED, seen(chains=[[b64(LEAF.der)] * 1000]))
    assert len(chain.certificates) == 20


@pytest.mark.parametrize(
    ("evidence", "reason", "cause"),
    [
        (Evidence(), "not-asked", Cause.OURS),
        (Evidence([Observation(NEED, NOW, failure=Failure.CONNECT_TIMEOUT, attempt=2)]), "connect-timeout", Cause.PATH),
        (seen(chains=[], complete=False, stopped_by="theirs"), "incomplete", Cause.THEIRS),
        (seen(chains=[], complete=False, stopped_by="theirs", attempt=2), "no-certificate", Cause.THEIRS),
        (seen(chains=[], complete=False, stopped_by="our-limit", attempt=2), "no-certificate", Cause.OURS),
        (seen(chains=[], complete=True, stopped_by=""), "no-certificate", Cause.OURS),
        (
            seen(stopped_by="", handshake={"completed": False, "failure": "tls-broken a suite that was not offered"}),
            "no-certificate",
            Cause.THEIRS,
        ),
        (seen(stopped_by="", handshake={"completed": False, "failure": "tls-alert 40"}), "no-certificate", Cause.OURS),
        (seen(stopped_by="", handshake={"completed": False, "failure": "words of later"}), "no-certificate", Cause.OURS),
    ],
)
def test_whose_doing_it_is_that_there_is_no_chain(evidence, reason, cause):
    """A server that stops or breaks its own handshake is theirs; our limit, and a server with which we came to no agreement, are ours."""
    finding = without_chain("dane.mail-matches", "198.51.100.25", evidence, NEED)
    assert (finding.reason, finding.cause) == (reason, cause)


@pytest.mark.parametrize(
    ("tls", "expected"), [(None, None), ({}, None), ({"certificate": {}}, None), ({"certificate": b64(LEAF.der)}, LEAF.der)]
)
def test_the_first_certificate_of_an_smtp_session(tls, expected):
    """Older evidence has none."""
    certificate = first_certificate(NEED, seen(tls=tls))
    assert (certificate and certificate.der) == expected
