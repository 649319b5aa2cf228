# SPDX-License-Identifier: EUPL-1.2
"""What the signer makes is right or wrong exactly as asked, by the judgement of ldns."""

import subprocess
from datetime import UTC, datetime

import pytest

from lab import zones
from lab.dnssec import ZoneKey, ds_of, make_key, signed_zone
from lab.plan import DNS, NameServer, Plan, Record, Signing, Zone

KEY = make_key("a key for tests")
SERVERS = (NameServer("ns1.gemeente-proef.nl", (str(DNS.ipv4[4000]), str(DNS.ipv6[4000]))),)
RECORDS = (
    Record("gemeente-proef.nl", "SOA", "ns1.gemeente-proef.nl. hostmaster.gemeente-proef.nl. 1 7200 3600 1209600 300"),
    Record("gemeente-proef.nl", "NS", "ns1.gemeente-proef.nl."),
    Record("ns1.gemeente-proef.nl", "A", "198.18.10.1"),
    Record("gemeente-proef.nl", "TXT", '"v=spf1 mx; -all" "tweede deel"'),
    Record("gemeente-proef.nl", "MX", "10 mail.gemeente-proef.nl."),
    Record("gemeente-proef.nl", "MX", "0 ."),
    Record("mail.gemeente-proef.nl", "AAAA", "2001:db8:2000::1"),
    Record("s1._domainkey.gemeente-proef.nl", "TXT", '"v=DKIM1"'),
    Record("*.wild.gemeente-proef.nl", "TXT", '"ieder"'),
    Record("onder.gemeente-proef.nl", "NS", "ns1.onder.gemeente-proef.nl."),
    Record("ns1.onder.gemeente-proef.nl", "A", "198.18.10.2"),
    Record("veilig.gemeente-proef.nl", "NS", "ns1.onder.gemeente-proef.nl."),
    Record("veilig.gemeente-proef.nl", "DS", ds_of("veilig.gemeente-proef.nl", KEY)),
)


def verified(folder, text):
    """Whether ldns finds a zone file whole and validly signed."""
    file = folder / "proef.zone"
    file.write_text(text, encoding="utf-8")
    command = ["ldns-verify-zone", str(file)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize("signing", [Signing.SIGNED, Signing.SIGNED_NSEC3])
def test_a_good_zone_verifies(tmp_path, signing):
    """Delegations, glue, wildcards, empty non-terminals and split strings are signed and denied as the RFCs say."""
    assert verified(tmp_path, signed_zone("gemeente-proef.nl", RECORDS, signing, KEY, datetime.now(UTC)))


@pytest.mark.parametrize(
    "signing", [Signing.UNSIGNED, Signing.DS_BUT_UNSIGNED, Signing.EXPIRED, Signing.NOT_YET_VALID, Signing.MISSING_RRSIG]
)
def test_a_spoilt_zone_does_not_verify(tmp_path, signing):
    """Each fault in the zone itself is seen by an independent verifier."""
    assert not verified(tmp_path, signed_zone("gemeente-proef.nl", RECORDS, signing, KEY, datetime.now(UTC)))


def test_a_wrong_ds_is_in_the_parent_only(tmp_path):
    """With a wrong DS the zone itself is good, and the parent's DS is not that of its key."""
    text = signed_zone("gemeente-proef.nl", RECORDS, Signing.WRONG_DS, KEY, datetime.now(UTC))
    assert verified(tmp_path, text)


def key_in(file):
    """The key that a zone file shows, for making its DS."""
    line = next(line for line in file.read_text(encoding="utf-8").splitlines() if " IN DNSKEY " in line)
    return ZoneKey(KEY.private, line.split(maxsplit=4)[4], KEY.tag)


@pytest.fixture
def written(tmp_path):
    """The files of a small plan: one good zone, one with a wrong DS, one unsigned."""
    made = tuple(
        Zone(name, SERVERS, (), signing)
        for name, signing in (
            ("gemeente-proef.nl", Signing.SIGNED),
            ("gemeente-fout.nl", Signing.WRONG_DS),
            ("gemeente-open.nl", Signing.UNSIGNED),
        )
    )
    zones.write(Plan(made, (), (), (), ()), tmp_path, datetime.now(UTC))
    return tmp_path


def test_the_chain_from_the_root_is_whole(written):
    """Root, top-level domain and domain verify, and the trust anchor is the DS of the root."""
    for name in ("root", "nl", "gemeente-proef.nl"):
        assert verified(written, (written / "zones" / f"{name}.zone").read_text(encoding="utf-8")), name
    assert (written / "trust-anchor").read_text(encoding="utf-8").startswith(". IN DS ")
    assert "198.18.0.1" in (written / "root.hints").read_text(encoding="utf-8")


def test_the_parent_says_of_each_child_how_it_is_signed(written):
    """A signed child has a DS in the parent, an unsigned one has none, and a wrong one has another."""
    lines = (written / "zones" / "nl.zone").read_text(encoding="utf-8").splitlines()
    ds = {line.split()[0]: line.split(maxsplit=4)[4] for line in lines if " IN DS " in line}
    good = {name: ds_of(name, key_in(written / "zones" / f"{name}.zone")) for name in ("gemeente-proef.nl", "gemeente-fout.nl")}
    assert set(ds) == {"gemeente-proef.nl.", "gemeente-fout.nl."}
    assert ds["gemeente-proef.nl."] == good["gemeente-proef.nl"]
    assert ds["gemeente-fout.nl."] != good["gemeente-fout.nl"]
