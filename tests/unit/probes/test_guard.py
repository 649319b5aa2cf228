# SPDX-License-Identifier: EUPL-1.2
"""Which addresses are of the internet, and that no others are ever connected to."""

from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meetlat.model.evidence import Cause, Failure, Need
from meetlat.probes.gate import Gate
from meetlat.probes.http import HttpProbe
from meetlat.probes.network import Network, prefix_of
from tests.unit.probes.loopback import UNHURRIED, failure_of, outcome

INTERNET = Network()

NOT_PUBLIC = {
    "loopback": "127.0.0.1",
    "loopback, elsewhere in its net": "127.99.1.2",
    "loopback of IPv6": "::1",
    "unspecified": "0.0.0.0",
    "this network": "0.1.2.3",
    "unspecified of IPv6": "::",
    "private 10": "10.1.2.3",
    "private 172": "172.31.255.255",
    "private 192": "192.168.1.1",
    "shared by providers": "100.64.0.1",
    "link-local, where clouds keep their secrets": "169.254.169.254",
    "link-local of IPv6": "fe80::1",
    "link-local of IPv6, with a zone": "fe80::1%eth0",
    "unique local": "fd00::1",
    "site-local": "fec0::1",
    "multicast": "224.0.0.1",
    "multicast that is called global": "239.255.255.250",
    "multicast of IPv6": "ff0e::1",
    "reserved": "240.0.0.1",
    "broadcast": "255.255.255.255",
    "protocol assignments": "192.0.0.1",
    "protocol assignments, further": "192.0.0.100",
    "documentation 1": "192.0.2.1",
    "documentation 2": "198.51.100.1",
    "documentation 3": "203.0.113.1",
    "documentation of IPv6": "2001:db8::1",
    "documentation of IPv6, the new prefix": "3fff::1",
    "benchmarking": "198.18.0.1",
    "mapped IPv4": "::ffff:127.0.0.1",
    "mapped IPv4 that is public": "::ffff:9.9.9.9",
    "IPv4-compatible": "::7f00:1",
    "6to4": "2002:7f00:1::1",
    "Teredo": "2001:0:7f00:1::1",
    "NAT64 of the loopback": "64:ff9b::7f00:1",
    "NAT64 for local use": "64:ff9b:1::a00:1",
    "discard only": "100::1",
    "segment routing": "5f00::1",
    "not given out": "4000::1",
}


@pytest.mark.parametrize("case", NOT_PUBLIC)
def test_what_is_not_of_the_internet_is_not_asked(case, run):
    """An address that a hostile record points inwards is refused by us, over TCP and UDP, and counts against nobody."""
    gate = Gate(INTERNET, UNHURRIED)
    gate.has_ipv6 = True

    async def work():
        async with gate.connection(NOT_PUBLIC[case], 80):
            raise AssertionError

    for asking in (work(), gate.datagram(NOT_PUBLIC[case])):
        error = run(failure_of(asking))
        assert error.failure is Failure.GUARDED
        assert error.failure.cause is Cause.OURS
    assert (gate.counts.connections, gate.counts.datagrams, gate.counts.refused_by_us) == (0, 0, 2)


@pytest.mark.parametrize("address", ["9.9.9.9", "193.0.14.129", "2001:7fd::1", "2a00:1450:400e::1", "2620:fe::9"])
def test_the_internet_may_be_asked(address):
    """Public unicast addresses pass the guard."""
    assert INTERNET.allows(ip_address(address))


@given(st.ip_addresses())
def test_only_unicast_is_public(address):
    """Whatever passes without a laboratory is global unicast."""
    if INTERNET.allows(address):
        assert address.is_global
        assert not address.is_private
        assert not address.is_multicast
        assert not getattr(address, "ipv4_mapped", None)


def test_what_a_laboratory_lets_through_stays_without_disguise():
    """A prefix that was let through opens itself only, and not its IPv4 addresses in disguise."""
    network = Network(allowed_prefixes=(ip_network("10.0.0.0/8"), ip_network("::/0")))
    assert network.allows(ip_address("10.1.2.3"))
    assert network.allows(ip_address("fd00::1"))
    assert not network.allows(ip_address("192.168.0.1"))
    assert not network.allows(ip_address("::ffff:10.1.2.3"))


@pytest.mark.parametrize("url", ["http://169.254.169.254/latest/meta-data/", "https://10.0.0.1/", "http://[::1]:8080/"])
def test_a_redirect_inwards_is_guarded(url, on_loop):
    """The http probe connects to nothing that the guard refuses."""
    address = url.split("//")[1].rsplit("/")[0].removesuffix(":8080").strip("[]")
    gate = Gate(INTERNET, UNHURRIED)
    assert on_loop(outcome(HttpProbe(gate).observe(Need("http", url, address)))) is Failure.GUARDED
    assert gate.counts.connections == 0


@pytest.mark.parametrize(("address", "prefix"), [("192.0.2.9", "192.0.2.0/24"), ("2001:db8:1:2::9", "2001:db8:1::/48")])
def test_the_prefix_of_an_operator(address, prefix):
    """A /24 or a /48 stands for one operator."""
    assert prefix_of(address) == prefix
