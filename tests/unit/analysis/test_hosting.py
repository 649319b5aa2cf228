# SPDX-License-Identifier: EUPL-1.2
"""Who hosts a domain is read from what was observed, and the organisation itself is no supplier."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meetlat.analysis.hosting import Hosting, Layer, LayerState, SupplyKind, hosting, registrable, traced_hosting
from meetlat.model.evidence import Need
from meetlat.model.target import Role
from tests.unit.analysis.hosted import STANDARDS, Made, answer, hosted, route, unanswered

_DUINRADE = Made("gemeente-duinrade.nl", "Gemeente Duinrade", mx=("mx1.postkade.nl",), ns=("ns1.naamwerf.nl", "ns2.naamwerf.nl"))

_POST = ("postkade.nl", "mx1.postkade.nl")
_SERVERS = "ns1.naamwerf.nl ns2.naamwerf.nl"


def _of(tmp_path, *mades: Made, extra=(), names=None) -> dict[str, Hosting]:
    hosted(tmp_path / "m", mades, STANDARDS, extra)
    return {one.domain: one for one in hosting(tmp_path / "m", names or {})}


@pytest.mark.parametrize(
    ("made", "layer", "names", "is_own"),
    [
        pytest.param(_DUINRADE, Layer.MAIL, ("postkade.nl",), False, id="an MX host at a supplier"),
        pytest.param(
            replace(_DUINRADE, mx=("mx.gemeente-duinrade.nl",)), Layer.MAIL, ("gemeente-duinrade.nl",), True, id="an MX host of its own"
        ),
        pytest.param(
            replace(_DUINRADE, mx=("mx.duinrade-diensten.nl",)),
            Layer.MAIL,
            ("duinrade-diensten.nl",),
            True,
            id="an MX host in another domain that is listed as of the same organisation",
        ),
        pytest.param(
            replace(_DUINRADE, mx=("mx.gemeente-duinrade.nl", "mx1.postkade.nl")),
            Layer.MAIL,
            ("gemeente-duinrade.nl", "postkade.nl"),
            False,
            id="one MX host of its own and one at a supplier",
        ),
        pytest.param(_DUINRADE, Layer.DNS, ("naamwerf.nl",), False, id="two name servers of one operator"),
        pytest.param(
            replace(_DUINRADE, ns=("a.naamwerf.nl", "b.zonekade.net")),
            Layer.DNS,
            ("naamwerf.nl", "zonekade.net"),
            False,
            id="name servers of two operators",
        ),
        pytest.param(
            replace(_DUINRADE, web=("192.0.2.1",), alias=("duinrade.sitewerf.net", "edge.randnet.com")),
            Layer.WEB,
            ("sitewerf.net",),
            False,
            id="an alias that leads on: the first outside is who was contracted",
        ),
        pytest.param(
            replace(_DUINRADE, web=("192.0.2.1",), alias=("www.duinrade-diensten.nl", "d.sitewerf.net")),
            Layer.WEB,
            ("sitewerf.net",),
            False,
            id="an alias that first stays within the organisation",
        ),
        pytest.param(replace(_DUINRADE, web=("192.0.2.1",)), Layer.WEB, (), False, id="a website without an alias has no supplier by name"),
    ],
)
def test_suppliers_are_the_registrable_domains_that_were_seen(tmp_path, made, layer, names, is_own):
    """Own infrastructure keeps its name and is marked as such."""
    other = Made("duinrade-diensten.nl", "Gemeente Duinrade")
    found = _of(tmp_path, made, other)[made.name]
    assert (found.names(layer), found.is_own(layer)) == (names, is_own)


def test_a_supplier_that_is_listed_itself_is_own_only_to_itself(tmp_path):
    """A shared service centre is a supplier to the others."""
    centre = Made("regio-vennekant.nl", "Regio Vennekant", mx=("mx.regio-vennekant.nl",))
    customer = Made("gemeente-heiderijk.nl", "Gemeente Heiderijk", mx=("mx.regio-vennekant.nl",))
    found = _of(tmp_path, centre, customer)
    assert [one.is_own(Layer.MAIL) for one in found.values()] == [False, True]  # sorted by name: the customer first


def test_networks_and_prefixes_come_from_the_routes_that_were_seen(tmp_path):
    """Of each layer by the addresses of that layer."""
    made = replace(_DUINRADE, web=("192.0.2.1",))
    extra = [
        route("192.0.2.1", "192.0.2.0/24", 64500),
        answer("mx1.postkade.nl", "A", "198.51.100.5"),
        answer("mx1.postkade.nl", "AAAA"),
        route("198.51.100.5", "198.51.100.0/24", 64501),
    ]
    found = _of(tmp_path, made, extra=extra)[made.name]
    shown = [(layer.value, found.names(layer, SupplyKind.NETWORK), found.names(layer, SupplyKind.PREFIX)) for layer in Layer]
    assert shown == [("web", ("AS64500",), ("192.0.2.0/24",)), ("mail", ("AS64501",), ("198.51.100.0/24",)), ("dns", (), ())]
    assert found.names(Layer.WEB, SupplyKind.HOST) == ("192.0.2.1",)
    assert found.names(Layer.MAIL, SupplyKind.HOST) == ("mx1.postkade.nl",)
    assert found.names(Layer.DNS, SupplyKind.HOST) == ("ns1.naamwerf.nl ns2.naamwerf.nl",)


@pytest.mark.parametrize(
    ("www", "names"),
    [
        pytest.param("192.0.2.1", ("sitewerf.net",), id="at an address of the domain itself: one website"),
        pytest.param("192.0.2.99", (), id="elsewhere: another website"),
    ],
)
def test_the_alias_of_www_counts_when_it_is_the_same_website(tmp_path, www, names):
    """A bare domain cannot be an alias, so www may tell who hosts it."""
    made = replace(_DUINRADE, web=("192.0.2.1",))
    name = f"www.{made.name}"
    extra = [answer(name, "A", www, alias=["klant.sitewerf.net"]), answer(name, "AAAA", alias=["klant.sitewerf.net"])]
    assert _of(tmp_path, made, extra=extra)[made.name].names(Layer.WEB) == names


def test_names_of_suppliers_come_from_the_user_only(tmp_path):
    """Two domains and a network of one supplier become one."""
    made = replace(_DUINRADE, mx=("mx1.postkade.nl", "mx.postkade-twee.eu"), web=("192.0.2.1",))
    names = dict.fromkeys(("postkade.nl", "postkade-twee.eu", "AS64500"), "Postkade B.V.")
    found = _of(tmp_path, made, extra=[route("192.0.2.1", "192.0.2.0/24", 64500)], names=names)[made.name]
    assert (found.names(Layer.MAIL), found.names(Layer.WEB, SupplyKind.NETWORK)) == (("Postkade B.V.",), ("Postkade B.V.",))


def test_what_is_not_there_and_what_is_not_known_are_two_things(tmp_path):
    """A null MX is no mail; a time-out is no answer; and what a domain is not listed for is not looked at."""
    without = Made("gemeente-duinrade.nl", mx=("",))
    unknown = Made("gemeente-heiderijk.nl")
    extra = [unanswered("gemeente-heiderijk.nl", kind) for kind in ("MX", "NS", "A", "AAAA")]
    found = _of(tmp_path, without, unknown, extra=extra)
    assert found[without.name].states == {Layer.WEB: LayerState.NONE, Layer.MAIL: LayerState.NONE, Layer.DNS: LayerState.KNOWN}
    unanswered_states = {Layer.WEB: LayerState.NOT_LOOKED_AT, Layer.MAIL: LayerState.UNKNOWN, Layer.DNS: LayerState.UNKNOWN}
    assert found[unknown.name].states == unanswered_states  # it is listed for mail only


@pytest.mark.parametrize(
    ("role", "need", "names"),
    [
        pytest.param(Role.MAIL, Need("dns", "_25._tcp.mx1.postkade.nl", "TLSA"), {*_POST}, id="a record of a host"),
        pytest.param(Role.MAIL, Need("tls_smtp", "198.51.100.5", "mx1.postkade.nl"), {*_POST}, id="a session"),
        pytest.param(
            Role.MAIL,
            Need("routes", "203.0.113.53"),
            {"naamwerf.nl", _SERVERS},
            id="the address of a name server of the domain",
        ),
        pytest.param(Role.MAIL, Need("routes", "203.0.113.99"), {"postkade.nl"}, id="the address of a name server of the mail supplier"),
        pytest.param(Role.WEB, Need("http", "https://gemeente-duinrade.nl/", "192.0.2.1"), {"192.0.2.1"}, id="a page at an address"),
        pytest.param(Role.WEB, Need("dns", "gemeente-duinrade.nl", "AAAA"), {"192.0.2.1"}, id="the addresses of the website"),
        pytest.param(Role.WEB, Need("dns", "gemeente-duinrade.nl", "SOA"), {"naamwerf.nl", _SERVERS}, id="the zone"),
        pytest.param(
            Role.MAIL,
            Need("dns", "_dmarc.gemeente-duinrade.nl", "TXT"),
            {"naamwerf.nl", _SERVERS, "postkade.nl"},
            id="a record about mail in the zone: also the mail supplier",
        ),
        pytest.param(Role.WEB, Need("dns", "_25._tcp.mx1.postkade.nl", "TLSA"), set(), id="mail does not matter to the website"),
        pytest.param(Role.WEB, Need("dns", "nl", "CAA"), set(), id="the registry is not its supplier"),
    ],
)
def test_a_finding_leads_to_who_hosts_what_it_rests_on(tmp_path, role, need, names):
    """So that a supplier is not blamed for what lies elsewhere."""
    made = replace(_DUINRADE, web=("192.0.2.1",))
    extra = [
        answer("mx1.postkade.nl", "A", "198.51.100.5"),
        answer("ns1.naamwerf.nl", "A", "203.0.113.53"),
        answer("mx1.postkade.nl", "NS"),
        answer("postkade.nl", "NS", "ns.elders.nl."),
        answer("ns.elders.nl", "A", "203.0.113.99"),
    ]
    hosted(tmp_path / "m", [made], STANDARDS, extra)
    (traced,) = traced_hosting(tmp_path / "m")
    assert {supply.name for supply in traced.touched(role, [need])} == names


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("mx1.postkade.nl", "postkade.nl"),
        ("duinrade.mail.protection.postkade.com", "postkade.com"),
        ("klant.azurewebsites.net", "azurewebsites.net"),  # below it stand customers, and the supplier is looked for
        ("mail.example.co.uk", "example.co.uk"),
        ("nl", "nl"),
        ("localhost", "localhost"),
    ],
)
def test_the_registrable_domain_is_below_the_suffix_of_a_registry(host, domain):
    """Suffixes that companies added for their customers do not count."""
    assert registrable(host) == domain


@given(st.text(max_size=300))
def test_any_name_has_a_registrable_domain(name):
    """Names from the DNS are hostile text."""
    assert len(registrable(name)) <= len(name)
