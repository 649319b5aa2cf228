# SPDX-License-Identifier: EUPL-1.2
"""The comparison of measurement and intention finds every difference, and no other."""

import json
from dataclasses import asdict

import pytest

from lab.plan import Intended
from lab.truth import Difference, differences, intended_under, intended_verdicts, read_truth

VERDICTS = {
    "mail.dmarc": "compliant",
    "mail.dmarc.policy": "compliant",
    "mail.dmarc@2015-03": "non_compliant",
    "web.hsts": "not_applicable",
}
TRUTH = [Intended("gemeente-proef.nl", "Gemeente Proef", "Gemeenten", ("web", "mail"), ("no-hsts",), VERDICTS)]
MEASURED = {
    ("gemeente-proef.nl", "mail.dmarc"): "compliant",
    ("gemeente-proef.nl", "mail.dmarc.policy"): "compliant",
    ("gemeente-proef.nl", "web.hsts"): "not_applicable",
    ("gemeente-proef.nl", "web.https"): "non_compliant",
}


def test_what_was_measured_as_intended_is_no_difference():
    """Verdicts that the scenario does not speak of do not count."""
    assert differences(TRUTH, MEASURED) == []


def test_a_wrong_verdict_is_found():
    """The difference says what was intended, what was measured, and which variants the domain has."""
    measured = {**MEASURED, ("gemeente-proef.nl", "web.hsts"): "compliant"}
    assert differences(TRUTH, measured) == [Difference("gemeente-proef.nl", "web.hsts", "not_applicable", "compliant", ("no-hsts",))]


def test_a_missing_verdict_is_found():
    """A verdict that was not measured at all is a difference too."""
    measured = {key: verdict for key, verdict in MEASURED.items() if key[1] != "mail.dmarc.policy"}
    assert differences(TRUTH, measured) == [Difference("gemeente-proef.nl", "mail.dmarc.policy", "compliant", "", ("no-hsts",))]


def test_a_verdict_of_another_domain_does_not_count():
    """Nothing is taken over from one domain to another."""
    measured = {("gemeente-ander.nl", key): verdict for (_, key), verdict in MEASURED.items()}
    assert {one.key for one in differences(TRUTH, measured)} == {"mail.dmarc", "mail.dmarc.policy", "web.hsts"}


def test_an_older_norm_has_intended_verdicts_of_its_own():
    """A key with a norm behind it counts under that norm only, and is compared without it."""
    assert [one.key for one in differences(TRUTH, MEASURED, "2015-03")] == ["mail.dmarc"]
    assert differences(TRUTH, {("gemeente-proef.nl", "mail.dmarc"): "non_compliant"}, "2015-03") == []
    assert (intended_verdicts(TRUTH), intended_verdicts(TRUTH, "2015-03"), intended_verdicts(TRUTH, "2099-01")) == (3, 1, 0)


def test_the_truth_is_read_as_it_was_written(tmp_path):
    """Truth.json gives the intended verdicts back."""
    file = tmp_path / "truth.json"
    file.write_text(json.dumps([asdict(one) for one in TRUTH]), encoding="utf-8")
    assert read_truth(file) == TRUTH


@pytest.mark.parametrize(
    ("norms", "expected"),
    [
        ({"tls": "2025-05", "dmarc": "2026-05"}, {"web.tls": "non_compliant", "mail.dmarc": "non_compliant"}),
        ({"tls": "2.1", "dmarc": "2026-05"}, {"web.tls": "compliant", "mail.dmarc": "non_compliant"}),
        ({"tls": "2025-05", "dmarc": "2015-03"}, {"web.tls": "non_compliant", "mail.dmarc": "compliant"}),
        ({}, {"web.tls": "non_compliant", "mail.dmarc": "non_compliant"}),
        # A version of one standard says nothing of another.
        ({"dmarc": "2.1"}, {"web.tls": "non_compliant", "mail.dmarc": "non_compliant"}),
    ],
)
def test_the_norms_of_a_measurement_choose_the_intended_verdicts(norms, expected):
    """Where the scenario tells an older norm apart, that holds under it; elsewhere the present verdict does."""
    told = {"web.tls": "non_compliant", "web.tls@2.1": "compliant", "mail.dmarc": "non_compliant", "mail.dmarc@2015-03": "compliant"}
    one = Intended("a.nl", "A", "G", ("web", "mail"), (), told)
    assert intended_under([one], norms)[0].verdicts == expected
