# SPDX-License-Identifier: EUPL-1.2
"""The scenario is whole, strict and the same every time, and its hand-written verdicts do not contradict each other."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from ipaddress import ip_network
from itertools import combinations
from pathlib import Path

import pytest

import lab.plan
from lab.building import _Pool
from lab.plan import GOOD_TLS, Certificate, Staple
from lab.scenario import ScenarioError, load

SCENARIO = Path(lab.plan.__file__).with_name("scenario.toml")
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
STANDARDS = {
    "web": ("dnssec", "ipv6", "https", "hsts", "security_txt", "security_headers", "http_compression", "tls", "dane", "caa", "rpki"),
    "mail": ("dnssec", "ipv6", "spf", "dkim", "dmarc", "starttls", "tls", "dane", "caa", "rpki"),
}
WORST_FIRST = ("non_compliant", "undetermined", "compliant", "not_applicable")


@pytest.fixture(scope="module", params=["small", "full"])
def plan(request):
    """The plan in both sizes."""
    return load(SCENARIO, request.param, NOW)


def test_sizes_are_as_promised():
    """The small lab has all special domains and little else; the full one has the scale of the official measurement."""
    assert 120 <= len(load(SCENARIO, "small", NOW).intended) <= 300
    assert len(load(SCENARIO, "full", NOW).intended) == 2500


def test_every_role_has_a_verdict_for_every_standard(plan):
    """Nothing that is measured is left without an intended verdict."""
    for one in plan.intended:
        wanted = {f"{role}.{standard}" for role in one.roles for standard in STANDARDS[role]}
        assert wanted <= set(one.verdicts), one.domain
        assert set(one.verdicts.values()) <= set(WORST_FIRST)


def test_no_verdict_is_for_a_role_that_the_domain_lacks(plan):
    """A website that sends no mail is not judged as a mail domain."""
    for one in plan.intended:
        assert {key.partition(".")[0] for key in one.verdicts} == set(one.roles), one.domain


def test_a_standard_is_as_bad_as_its_worst_part(plan):
    """The hand-written verdict of a standard agrees with those of its parts."""
    for one in plan.intended:
        for norm in {key.partition("@")[2] for key in one.verdicts}:
            present = {key.partition("@")[0]: verdict for key, verdict in one.verdicts.items() if key.partition("@")[2] == norm}
            for key, verdict in present.items():
                parts = [found for name, found in present.items() if name.startswith(f"{key}.")]
                assert not parts or min(parts, key=WORST_FIRST.index) == verdict, (one.domain, key, norm)


def test_domains_are_named_once(plan):
    """No two domains of the scenario are the same."""
    names = [one.domain for one in plan.intended]
    assert len(names) == len(set(names))


def test_every_variant_is_measured_in_the_small_lab():
    """The small lab, that runs with every test, leaves out no variant that the full one has."""
    small, full = ({variant for one in load(SCENARIO, size, NOW).intended for variant in one.variants} for size in ("small", "full"))
    assert full <= small


@pytest.mark.parametrize("size", ["small", "full"])
def test_the_same_moment_gives_the_same_plan(size):
    """Chance is seeded: a difference between two measurements never comes from the lab."""
    assert load(SCENARIO, size, NOW) == load(SCENARIO, size, NOW)


def test_every_address_has_one_host(plan):
    """No address is given to two hosts, whatever they serve."""
    hosts = {}
    servers = {server for zone in plan.zones for server in zone.servers}
    given = [*((f"dns {one.name}", one.addresses) for one in servers), *((f"web {one.host}", one.addresses) for one in plan.web)]
    given += [(f"mail {one.host}", one.addresses) for one in plan.mail]
    for host, addresses in given:
        for address in addresses:
            assert hosts.setdefault(address, host) == host


def test_prefixes_of_the_lab_do_not_overlap():
    """Every prefix belongs to one segment, or is dead."""
    pairs = [*((one.ipv4, one.ipv6) for one in lab.plan.SEGMENTS), lab.plan.BLACKHOLE, lab.plan.UNREACHABLE]
    for (one4, one6), (other4, other6) in combinations(pairs, 2):
        assert not one4.overlaps(other4)
        assert not one6.overlaps(other6)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('dns.signing = "signed-nsec3"', 'dns.sign = "signed-nsec3"'),
        ('variants = ["dmarc-inherited"]', 'variants = ["dmarc-inherrited"]'),
        ('intended = { "mail.dkim" = "non_compliant" }', 'intended = { "mail.dkimm" = "non_compliant" }'),
        ('intended = { "mail.dkim" = "non_compliant" }', 'intended = { "mail.dkim" = "bad" }'),
        ('web.tls = "with-cbc"', 'web.tls = "with-cbcs"'),
        ('staple = "expired"', 'stapel = "expired"'),
        ('dh = "own-1024"', 'dh = "own-512"'),
    ],
)
def test_a_misspelt_word_is_refused(tmp_path, old, new):
    """A typing error in the scenario never silently means "good"."""
    text = SCENARIO.read_text(encoding="utf-8")
    assert old in text
    wrong = tmp_path / "scenario.toml"
    wrong.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ScenarioError):
        load(wrong, "small", NOW)


def test_a_profile_is_laid_over_the_good_one():
    """What a TLS profile does not speak of is as good as ever."""
    profiles = {one.tls.name: one.tls for one in load(SCENARIO, "small", NOW).web}
    assert profiles["good"] is GOOD_TLS
    assert profiles["1.3-only"] == replace(GOOD_TLS, name="1.3-only", versions=("TLSv1.3",))
    assert (profiles["wide-open"].also, profiles["stapled"].staple) == (Certificate.GOOD, Staple.GOOD)


def test_a_website_that_does_not_speak_tls_has_no_profile_of_its_own(plan):
    """A variant of TLS is never hidden by one that leaves no TLS to look at, so that its verdicts hold."""
    blocked = {(one.address, one.port) for one in plan.blocked}
    for listener in plan.web:
        if listener.tls is not GOOD_TLS:
            assert listener.certificate is not None, listener.host
            assert not any((address, listener.port) in blocked for address in listener.addresses), listener.host


def test_an_address_pool_that_is_too_small_is_refused():
    """No address is given out that lies outside the segment."""
    pool = _Pool(ip_network("198.18.0.0/23"), ip_network("2001:db8::/47"))
    assert len({pool.take("ipv4") for _ in range(45)}) == 45
    with pytest.raises(ValueError, match="no room for 46 hosts"):
        pool.take("ipv4")


def test_an_unknown_size_is_refused():
    """The sentence names the sizes that there are."""
    with pytest.raises(ScenarioError, match="small, full"):
        load(SCENARIO, "huge", NOW)


def test_polite_clients_are_not_held_up(plan):
    """At most 45 hosts share a /24 or a /48: a limit per "operator" would make the lab slow for no reason."""
    addresses = {address for one in (*plan.web, *plan.mail) for address in one.addresses}
    addresses |= {address for zone in plan.zones for server in zone.servers for address in server.addresses}
    counted = Counter(ip_network((address, 48 if ":" in address else 24), strict=False) for address in addresses)
    assert max(counted.values()) <= 45
