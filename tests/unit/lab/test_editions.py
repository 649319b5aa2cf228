# SPDX-License-Identifier: EUPL-1.2
"""Editions of the scenario: the same government at several moments, different in what is told and in nothing else."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

import lab.plan
from lab.plan import Dane, MailTls
from lab.scenario import ScenarioError, edition_ids, load, moment_of, read
from lab.supply import web_networks

SCENARIO = Path(lab.plan.__file__).with_name("scenario.toml")
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
EARLY, MIDDLE, LAST = "2025-09", "2026-02", "now"
EDITIONS = (EARLY, MIDDLE, LAST)


@pytest.fixture(scope="module")
def plans():
    """The demo, plain and in each edition."""
    return {edition: load(SCENARIO, "demo", NOW, edition) for edition in ("", *EDITIONS)}


@pytest.fixture(scope="module")
def government(plans):
    """The domains of each edition by name."""
    return {edition: {one.domain: one for one in plan.intended} for edition, plan in plans.items()}


def _own(variants):
    """Leave out what a supplier does."""
    return {name for name in variants if not name.startswith(("mail-supplier-", "dns-supplier-"))}


def test_the_editions_are_in_the_order_of_time():
    """What comes first in the scenario was first, and the last is the present."""
    moments = [moment_of(SCENARIO, edition, NOW) for edition in edition_ids()]
    assert edition_ids() == EDITIONS
    assert moments == sorted(moments)
    assert moments[0].date() == date(2025, 9, 1)
    assert moments[-1] == NOW


@pytest.mark.parametrize("size", ["small", "full"])
def test_without_an_edition_the_scenario_is_as_it_is(size):
    """Nothing that an edition says touches the plain lab."""
    plan = load(SCENARIO, size, NOW)
    assert not any(name.endswith(("-supplier-without-dane", "-supplier-old-tls")) for one in plan.intended for name in one.variants)
    assert {server.dane for server in plan.mail if server.host.endswith("koerier-lab.nl")} == {Dane.MATCH}


def test_the_population_is_stable(government):
    """All but a few domains are in every edition; those that came or went are told."""
    early, middle, last = (government[edition].keys() for edition in EDITIONS)
    assert early - last == {"gemeente-kreekzathe.nl", "regio-veenzathe.nl"}
    assert middle < last
    assert government[""].keys() == last
    assert len(early & last) >= 0.9 * len(last)


def test_a_domain_is_the_same_but_for_what_changed(government):
    """What a domain has now it had before, unless a change of the scenario speaks of that respect; roles and groups never change."""
    data = read(SCENARIO)
    changed = {data["variants"][one["variant"]]["dimension"] for one in data["changes"] if "variant" in one}
    changed |= {dimension for one in data["changes"] for dimension in one.get("without", ())}
    for name, now in government[LAST].items():
        before = government[EARLY].get(name)
        if before is None:
            continue
        assert (before.roles, before.group) == (now.roles, now.group)
        differs = _own(before.variants) ^ _own(now.variants)
        assert {data["variants"][one]["dimension"] for one in differs} <= changed, name


def test_who_mended_stays_mended(government):
    """A smaller share is part of a larger one: nobody gets in the second edition what he had not in the first."""
    both = government[EARLY].keys() & government[MIDDLE].keys()
    for variant in ("security-txt-absent", "dmarc-p-none", "headers-none"):
        early, middle = ({name for name in both if variant in government[edition][name].variants} for edition in (EARLY, MIDDLE))
        declining = {name for name in both if government[EARLY][name].group == "Waterschappen"}
        assert middle - declining <= early
        assert len(middle) < len(early)


def test_one_group_declines(government):
    """The water authorities of the scenario get worse; all together it gets better."""

    def falls_short(edition, group):
        domains = (one for one in government[edition].values() if (one.group == "Waterschappen") is group)
        keys = [
            verdict for one in domains for key, verdict in one.verdicts.items() if key in {"web.hsts", "web.dnssec", "web.security_txt"}
        ]
        return keys.count("non_compliant") / len(keys)

    assert falls_short(EARLY, group=True) < falls_short(MIDDLE, group=True) < falls_short(LAST, group=True)
    assert falls_short(EARLY, group=False) > falls_short(MIDDLE, group=False) > falls_short(LAST, group=False)


@pytest.mark.parametrize(
    ("edition", "host", "expected"),
    [
        (EARLY, "mx1.koerier-lab.nl", {"mail.dane": "non_compliant"}),
        (MIDDLE, "mx1.koerier-lab.nl", {"mail.dane": "non_compliant"}),
        (EARLY, "mx2.brievenbus-lab.nl", {"mail.ipv6": "non_compliant", "mail.ipv6.mail": "non_compliant"}),
        (LAST, "mx2.brievenbus-lab.nl", {"mail.ipv6": "non_compliant", "mail.ipv6.mail": "non_compliant"}),
        # TLS 1.0 and 1.1 are to be phased out under 2.1, and insufficient under 2025-05.
        (EARLY, "mx1.postkamer-lab.nl", {"mail.tls": "non_compliant", "mail.tls@2.1": "compliant"}),
        (LAST, "mx1.telegraafpaal-mail.nl", {"mail.dane": "non_compliant"}),
    ],
)
def test_a_fault_of_a_mail_supplier_is_of_all_who_use_it(plans, government, edition, host, expected):
    """Many domains have that very host as MX, and the verdicts that follow from what is wrong with it, whatever else they have."""
    users = {
        record.name for zone in plans[edition].zones for record in zone.records if record.type == "MX" and record.data.endswith(f" {host}.")
    }
    assert len(users) >= 10
    for name in users:
        for key, verdict in expected.items():
            assert government[edition][name].verdicts[key] == verdict, name


def test_the_servers_of_a_supplier_are_as_told(plans):
    """The intended verdicts have servers to match: no TLSA, an old one, TLS 1.0, no IPv6."""

    def servers(edition, zone):
        return [one for one in plans[edition].mail if one.host.endswith(zone)]

    def tlsa(edition, zone):
        records = (record for one in plans[edition].zones if one.name == zone for record in one.records)
        return [record.data for record in records if record.type == "TLSA"]

    assert tlsa(EARLY, "koerier-lab.nl") == []
    assert len(tlsa(LAST, "koerier-lab.nl")) == 4
    assert {one.dane for one in servers(LAST, "telegraafpaal-mail.nl")} == {Dane.MISMATCH}
    assert {one.tls for one in servers(EARLY, "postkamer-lab.nl")} == {MailTls.WITH_OLD_VERSIONS}
    assert not any(":" in address for one in servers(EARLY, "brievenbus-lab.nl") for address in one.addresses)


def test_the_websites_of_one_network_got_ipv6_together(plans, government):
    """All websites in the networks of one supplier had no IPv6 address in the first edition."""
    numbers = web_networks(read(SCENARIO)["suppliers"])["noordwolk"]
    # The second net of the segment of websites, and each twelfth after it.
    assert numbers[:2] == [64512 + 64 + 2, 64512 + 64 + 14]
    first = {one.host for one in plans[""].web for address in one.addresses if address.startswith("198.18.66.")}
    variants = read(SCENARIO)["variants"]
    seen = [government[EARLY][name] for name in first & government[EARLY].keys()]
    # Where nothing answers on port 443, say, a missing address would not be seen.
    bulk = [one for one in seen if not any("web6" in variants[name].get("hides", ()) for name in one.variants)]
    assert len(bulk) >= 30
    assert {one.verdicts["web.ipv6.web"] for one in bulk} == {"non_compliant"}
    assert sum(government[LAST][one.domain].verdicts["web.ipv6.web"] == "compliant" for one in bulk) >= 10


def test_domains_without_a_zone_of_their_own_share_the_fault_of_its_supplier(plans, government):
    """Whatever is in a zone at a supplier of DNS without ROA falls short on RPKI."""
    for zone in plans[EARLY].zones:
        if zone.servers[0].name == "ns1.zuiderlicht-dns.nl" and zone.name != "zuiderlicht-dns.nl":
            inside = [one for name, one in government[EARLY].items() if name == zone.name or name.endswith("." + zone.name)]
            assert inside, zone.name
            assert {one.verdicts[f"{role}.rpki.nameserver"] for one in inside for role in one.roles} == {"non_compliant"}


def test_municipalities_merge(government):
    """Two organisations of the first edition are one in the later ones, and their domains are with it."""
    before = {one.domain for one in government[EARLY].values() if one.organisation in {"Gemeente Kweldergouwe", "Gemeente Kweldersluizen"}}
    for edition in (MIDDLE, LAST):
        assert before <= {one.domain for one in government[edition].values() if one.organisation == "Gemeente Kwelderland"}
        assert not any(one.organisation == "Gemeente Kweldergouwe" for one in government[edition].values())
    assert len(before) >= 2


def test_what_was_mended_can_be_lost_again(government):
    """A named domain was unsigned, signed, and unsigned again."""
    seen = [government[edition]["provincie-zwaluwmare.nl"].verdicts["web.dnssec"] for edition in EDITIONS]
    assert seen == ["non_compliant", "compliant", "non_compliant"]


def test_the_verdicts_of_a_domain_by_hand(government):
    """A domain that was given up, with all that its variants and its suppliers deserve, worked out from the norm."""
    one = government[EARLY]["regio-veenzathe.nl"]
    told = {key: verdict for key, verdict in one.verdicts.items() if verdict == "non_compliant" and key.count(".") == 1}
    # Not signed; no IPv6 on the website; no CSP, nosniff or X-Frame-Options; no CAA (its mail server is elsewhere); ?all; and what the
    # supplier of its mail lacks: of six suppliers in turn the 242nd domain has the second, brievenbus, so IPv6.
    wrong = {"web.dnssec", "web.ipv6", "web.security_headers", "web.caa", "mail.dnssec", "mail.spf", "mail.ipv6"}
    assert told.keys() == wrong


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('koerier = ["mail-supplier-without-dane"]', 'koerier = ["mail-supplier-without-dnae"]'),
        ('koerier = ["mail-supplier-without-dane"]', 'koerier = ["dns-supplier-without-roa"]'),
        ('koerier = ["mail-supplier-without-dane"]', 'koereir = ["mail-supplier-without-dane"]'),
        ('zuiderlicht = ["dns-supplier-without-roa"]', 'kadehost = ["dns-supplier-without-roa"]'),
        ("not_yet = 0.05", "not_jet = 0.05"),
        ('share = { "2025-09" = 1.0 }', 'share = { "2025-10" = 1.0 }'),
        ('web_host = "noordwolk"', 'web_host = "noordwolkje"'),
        ('but_not = ["waterschappen"]', 'but_not = ["waterschapen"]'),
        ('without = ["compression"]', 'without = ["compresion"]'),
        ('domains = ["provincie-zwaluwmare.nl"]', 'domains = ["provincie-zwaluwmaer.nl"]'),
        ('variant = "dkim-none"\nbut_not', 'variant = "dkim-nope"\nbut_not'),
    ],
)
def test_a_misspelt_word_is_refused(tmp_path, old, new):
    """A typing error in an edition never silently means that nothing changed."""
    text = SCENARIO.read_text(encoding="utf-8")
    assert old in text
    wrong = tmp_path / "scenario.toml"
    wrong.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ScenarioError):
        load(wrong, "demo", NOW, EARLY)


def test_an_unknown_edition_is_refused():
    """The sentence names the editions that there are."""
    with pytest.raises(ScenarioError, match="2025-09, 2026-02, now"):
        load(SCENARIO, "demo", NOW, "2024")
