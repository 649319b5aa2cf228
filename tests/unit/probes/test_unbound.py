# SPDX-License-Identifier: EUPL-1.2
"""A real Unbound of our own: it starts, it answers, and it is gone afterwards."""

import asyncio
import os
import shutil
import socket
from contextlib import suppress
from ipaddress import ip_network
from pathlib import Path

import pytest

from meetlat.model.evidence import Failure, Need
from meetlat.probes import unbound
from meetlat.probes.dns import DnsProbe
from meetlat.probes.failing import NoAnswerError
from meetlat.probes.network import Network
from meetlat.probes.resolver import Resolver
from meetlat.probes.unbound import ResolverError, own_unbound

ANCHOR = ". IN DS 12345 13 2 " + "ab" * 32 + "\n"
needs_unbound = pytest.mark.skipif(
    not (shutil.which("unbound") or shutil.which("unbound", path="/usr/sbin")), reason="Unbound is not installed on this machine"
)


@pytest.fixture
def dead_internet(tmp_path):
    """Return a network whose only root server is an address where nobody listens."""
    hints, anchor = tmp_path / "root.hints", tmp_path / "root.ds"
    hints.write_text(". 3600 NS root.test.\nroot.test. 3600 A 127.0.0.9\n", encoding="utf-8")
    anchor.write_text(ANCHOR, encoding="utf-8")
    return Network(root_hints=hints, trust_anchor=anchor)


def _child():
    """Return the process ids of our children."""
    mine = os.getpid()
    found = set()
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            state, parent, *_ = (process / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
            if int(parent) == mine and state != "Z":
                found.add(int(process.name))
    return found


@needs_unbound
def test_it_starts_answers_and_is_gone(dead_internet, on_loop):
    """With a dead root every question ends in SERVFAIL, theirs by name; after the block there is no process and no port."""

    async def work():
        before = _child()
        async with own_unbound(dead_internet, threads=1, ipv6=False) as (address, port):
            during = _child() - before
            resolver = Resolver(address, port)
            await resolver.open()
            try:
                await DnsProbe(resolver).observe(Need("dns", "a.nl", "A"))
            except NoAnswerError as error:
                failure = error.failure
            finally:
                resolver.close()
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as knock:
            return failure, len(during), _child() - before, knock.connect_ex((address, port)) == 0

    assert on_loop(work()) == (Failure.SERVFAIL, 1, set(), False)


@needs_unbound
def test_it_is_gone_when_the_block_fails(dead_internet, run):
    """An error in the block takes the process along, and goes on."""

    async def work():
        before = _child()
        with pytest.raises(ZeroDivisionError):
            async with own_unbound(dead_internet, threads=1, ipv6=False):
                raise ZeroDivisionError
        return _child() - before

    assert run(work()) == set()


@needs_unbound
def test_a_configuration_that_it_does_not_take(dead_internet, run, monkeypatch):
    """When Unbound stops at once its last words are in the error."""
    monkeypatch.setattr(unbound, "_CONFIGURATION", "server:\n  no-such-option: {port}{directory}{threads}{ipv6}{anchor}{extra}\n")

    async def work():
        async with own_unbound(dead_internet):
            raise AssertionError

    with pytest.raises(ResolverError, match=r"stopped at once: .*(read|syntax|config)"):
        run(work())


def test_it_is_not_installed(run, monkeypatch):
    """The error says how to install it."""
    monkeypatch.setattr(shutil, "which", lambda *_, **__: None)

    async def work():
        async with own_unbound(Network()):
            raise AssertionError

    with pytest.raises(ResolverError, match="apt-get install unbound"):
        run(work())


def test_a_port_that_is_free(run):
    """The port is free for TCP and for UDP."""

    async def work():
        port = unbound._free_port()  # noqa: SLF001 - the choice shows nowhere else
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(asyncio.DatagramProtocol, local_addr=("127.0.0.1", port))
        transport.close()
        return 0 < port < 65_536

    assert run(work())


@pytest.mark.parametrize(
    ("allowed", "is_left_alone"),
    [((), True), (("198.18.0.0/15",), True), (("10.5.0.0/16",), False), (("0.0.0.0/0",), False)],
    ids=["the internet", "a laboratory elsewhere", "a laboratory inside", "all"],
)
def test_a_delegation_leads_our_resolver_nowhere_inside(tmp_path, allowed, is_left_alone):
    """Private addresses are not asked, as long as the network does not let them through."""
    network = Network(allowed_prefixes=tuple(map(ip_network, allowed)))
    told = unbound._configured(network, str(tmp_path), 5353, 1, ipv6=True)  # noqa: SLF001 - what Unbound is told is not to be seen from outside
    assert ("do-not-query-address: 10.0.0.0/8\n" in told) is is_left_alone
    assert "do-not-query-address: fc00::/7\n" in told
