# SPDX-License-Identifier: EUPL-1.2
"""The verifier can fail: every place where the servers are not as the plan has them is reported."""

import json
import shutil
import sys

import pytest

from lab.state import SCENARIO

# Per fault: what is changed in the scenario after the servers were raised from it, and the variant whose domain must then be reported.
SPOILT = {
    "signature-expired": ('dns.signing = "expired"', 'dns.signing = "wrong-ds"'),
    "nsec3": ('dns.signing = "signed-nsec3"', 'dns.signing = "unsigned"'),
    "servfail": ('dns.faults = ["servfail", "servfail"]', 'dns.faults = ["lame", "lame"]'),
    "https-closed": ('web.blocked = ["443 refuse"]', 'web.blocked = ["443 drop"]'),
    "web-silent": ('web.https_server = "silent"', 'web.https_server = "closes"'),
    "certificate-expired": ('web.certificate = "expired"', 'web.certificate = "self-signed"'),
    "certificate-sha1": ('web.certificate = "sha-1"', 'web.certificate = "p-384"'),
    "tls-with-cbc": ('web.tls = "with-cbc"', 'web.tls = "client-order"'),
    "tls-ocsp-expired": ('web.tls = "stapled-expired"', 'web.tls = "stapled"'),
    "tls-compression": ('web.tls = "compression"', 'web.tls = "old-good-suites"'),
    "hsts-short": ('web.hsts = ["max-age=86400"]', 'web.hsts = ["max-age=86401"]'),
    "nosniff-other": ('web.content_type_options = ["none", "nosniff"]', 'web.content_type_options = ["nosniff"]'),
    "http-compressed": ("web.compression = true", "web.compression = false"),
    "http-loop": ('web.http = "http://{host}/"', 'web.http = "https://{host}/"'),
    "security-txt-expired": ('text = "expired", location = ""', 'text = "far", location = ""'),
    "starttls-454": ('behaviour = "starttls-454"', 'behaviour = "closes-after-220"'),
    "mx-421": ('behaviour = "refuses-421" }', 'behaviour = "refuses-554" }'),
    "tls-silent-refusal": ('web.odd_tls = "silent-refusal"', 'web.odd_tls = "closed-refusal"'),
    "mx-tls-cbc-only": ('tls = "cbc-only"', 'tls = "good"'),
    "spf-neutral": ('mail.spf = ["v=spf1 mx ?all"]', 'mail.spf = ["v=spf1 mx ~all"]'),
    "dmarc-none": ('mail.dmarc = []\nintended = { "mail.dmarc" = "non_compliant", "mail.dmarc.record"',
                   'mail.dmarc = ["v=DMARC1; p=none"]\nintended = { "mail.dmarc" = "non_compliant", "mail.dmarc.record"'),
}  # fmt: skip


@pytest.fixture(scope="module")
def spoilt(lab, tmp_path_factory):
    """A state folder that tells of another scenario than the one that the servers were raised from."""
    text = SCENARIO.read_text(encoding="utf-8")
    for right, wrong in SPOILT.values():
        assert right in text
        text = text.replace(right, wrong, 1)
    state = tmp_path_factory.mktemp("spoilt")
    (state / "scenario.toml").write_text(text, encoding="utf-8")
    for name in ("ca.pem", "intermediate.pem", "trust-anchor"):
        shutil.copy(lab.state / name, state / name)
    (state / "tls").symlink_to(lab.state / "tls")  # what TLSA records speak of
    status = json.loads((lab.state / "status.json").read_text(encoding="utf-8"))
    (state / "status.json").write_text(json.dumps({**status, "scenario": str(state / "scenario.toml")}), encoding="utf-8")
    return state


@pytest.fixture(scope="module")
def by_variant(lab):
    """The domain that has a variant and no other."""
    truth = json.loads((lab.state / "truth.json").read_text(encoding="utf-8"))
    return {one["variants"][0]: one["domain"] for one in truth if len(one["variants"]) == 1}


def test_every_wrong_promise_is_reported(lab, spoilt, by_variant):
    """Whatever the plan has wrong is found, by name; what it has right is not complained of."""
    asked = [by_variant[variant] for variant in SPOILT]
    right = [by_variant["own-mx"], by_variant["hsts-half-year"]]
    done = lab.command("run", "--", sys.executable, "-m", "lab.verify", str(spoilt), *asked, *right)
    assert done.returncode == 1, done.stdout + done.stderr
    complaints = [line for line in done.stdout.splitlines() if ": " in line and not line.startswith(" ")]
    missed = [domain for domain in asked if not any(domain in line for line in complaints)]
    assert missed == [], done.stdout
    assert not any(domain in line for domain in right for line in complaints), done.stdout
