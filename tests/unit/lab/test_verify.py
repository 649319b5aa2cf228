# SPDX-License-Identifier: EUPL-1.2
"""The verifier of the lab can fail: what is not as promised is a mismatch, whatever the reason. Clients are made up here."""

import io
from datetime import UTC, datetime

import pytest
from rich.console import Console

from lab.clients import Check, ClientFailedError
from lab.scenario import load
from lab.state import SCENARIO
from lab.verify import report, results_of, run_checks
from lab.verify_profiles import KNOWN_CERTIFICATES, KNOWN_PROFILES

PROMISED = {"gemeente-proef.nl SOA": "secure", "gemeente-proef.nl MX": "10 mx1.postduif-mail.nl."}


def reported(seen, promised=PROMISED):
    """Exit code and text of a report on one check, whose client sees this."""
    out = io.StringIO()
    code = report(run_checks([Check("records (dig)", promised, lambda: seen)]), 1.0, Console(file=out, width=200))
    return code, out.getvalue()


def test_what_is_as_promised_passes():
    """Exit code 0 only when every subject is as the plan has it."""
    code, text = reported(PROMISED)
    assert code == 0
    assert "2 of 2" in text


@pytest.mark.parametrize("subject", PROMISED)
def test_a_changed_expectation_is_a_mismatch(subject):
    """When the plan promises something else than the servers do, the subject, the promise and what was seen are named."""
    code, text = reported(PROMISED, {**PROMISED, subject: "something else"})
    assert code == 1
    assert "1 of 2" in text
    assert all(word in text for word in (subject, "something else", PROMISED[subject]))


def test_what_was_not_looked_at_is_a_mismatch():
    """A client that says nothing of a subject has not confirmed it."""
    code, text = reported({})
    assert code == 1
    assert "0 of 2" in text


def test_a_client_that_fails_confirms_nothing():
    """When the words of a client cannot be read, all that it was to look at is a mismatch."""

    def look():
        raise ClientFailedError("dig ended with 9")

    results = results_of(Check("records (dig)", PROMISED, look))
    assert [result.is_as_promised for result in results] == [False, False]
    assert all("dig ended with 9" in result.seen for result in results)


def test_nothing_checked_is_no_success():
    """An empty list of checks proves nothing."""
    assert report([], 0.0, Console(file=io.StringIO())) == 1


def test_every_profile_and_certificate_of_the_scenario_is_looked_at():
    """A profile of TLS, or a kind of certificate, that no client is asked about would be a promise that nobody keeps."""
    web = [one for one in load(SCENARIO, "small", datetime(2026, 11, 23, 12, tzinfo=UTC)).web if one.certificate]
    assert {one.tls.name for one in web} <= KNOWN_PROFILES
    assert {one.certificate for one in web} <= KNOWN_CERTIFICATES
