# SPDX-License-Identifier: EUPL-1.2
"""What the probe for routes tells of an address, and when it keeps silent."""

import json
from dataclasses import replace

import pytest

from meetlat.model.evidence import Failure, Need
from meetlat.probes.network import Network, NetworkError
from meetlat.probes.routes import routes_probe
from tests.unit.probes.loopback import LOOPBACK, open_gate, outcome, serving

VRPS = json.dumps(
    {
        "metadata": {"generated": 1780300800},
        "roas": [{"asn": "AS64500", "prefix": "203.0.113.0/24", "maxLength": 26}, {"asn": 0, "prefix": "203.0.0.0/16", "maxLength": 16}],
    }
)
DUMP = "64500\t203.0.113.0/24\t350\n{1,2}\t203.0.112.0/23\t350\n"


@pytest.fixture
def files(tmp_path):
    """A file of VRPs and a dump, both of IPv4 only."""
    (tmp_path / "vrps.json").write_text(VRPS)
    (tmp_path / "dump").write_text(DUMP)
    return tmp_path


async def told(network, subject="203.0.113.9"):
    """Ask for one address."""
    return await outcome(routes_probe(open_gate(network)).observe(Need("routes", subject, "")))


def test_both_sources_with_their_names(files, on_loop):
    """All that covers the address, so that RFC 6811 can be applied later; and of whom and when it is."""
    answer = on_loop(told(Network(vrps=files / "vrps.json", routes=(str(files / "dump"),))))
    assert answer["routes"] == [{"prefix": "203.0.112.0/23", "origin": None}, {"prefix": "203.0.113.0/24", "origin": 64500}]
    assert answer["vrps"] == [
        {"prefix": "203.0.0.0/16", "max_length": 16, "origin": 0},
        {"prefix": "203.0.113.0/24", "max_length": 26, "origin": 64500},
    ]
    assert answer["vrps_at"] == "2026-06-01T08:00:00+00:00"
    assert answer["routes_exact"] is True
    assert (answer["routes_from"][:13], answer["vrps_from"][:18]) == ("dump (sha256 ", "vrps.json (sha256 ")


def test_an_address_that_nobody_announces(files, on_loop):
    """No route and no VRP is an answer."""
    answer = on_loop(told(Network(vrps=files / "vrps.json", routes=(str(files / "dump"),)), "198.51.100.1"))
    assert (answer["routes"], answer["vrps"]) == ([], [])


@pytest.mark.parametrize(
    ("has_vrps", "has_routes", "subject"),
    [(False, True, "203.0.113.9"), (True, False, "203.0.113.9"), (True, True, "2001:db8::1"), (True, True, "no address")],
    ids=["no VRPs", "no routes", "files of IPv4 only", "no address"],
)
def test_what_cannot_be_told(has_vrps, has_routes, subject, files, on_loop):
    """Without a source of both, for this family, nothing is told: that is not asked, and never "not found"."""
    network = Network(vrps=files / "vrps.json" if has_vrps else None, routes=(str(files / "dump"),) if has_routes else ())
    assert on_loop(told(network, subject)) is Failure.NOT_ASKED


def test_a_server_instead_of_files(files, on_loop):
    """HOST:PORT is asked; for an address that is not public it is not."""

    async def script(visit):
        await visit.hear_line()
        await visit.say(b"route: 203.0.113.0/24\norigin: AS64500\n")

    async def work():
        async with serving(script) as server:
            allowed = (*LOOPBACK.allowed_prefixes,)
            network = replace(LOOPBACK, vrps=files / "vrps.json", routes=(f"127.0.0.1:{server.port}",), allowed_prefixes=allowed)
            probe = routes_probe(open_gate(network))
            answers = [await probe.observe(Need("routes", subject, "")) for subject in ("8.8.8.8", "10.0.0.1")]
            return [answer["routes"] for answer in answers], server.heard

    assert on_loop(work()) == ([[{"prefix": "203.0.113.0/24", "origin": 64500}], []], [b"-L 8.8.8.0/24\r\n"])


@pytest.mark.parametrize("others", [("dump",), ("192.0.2.2:43",)], ids=["a file", "another server"])
def test_a_server_stands_alone(others, files):
    """Routes come from one server or from files, never from both."""
    routes = ("192.0.2.1:43", *(str(files / other) if other == "dump" else other for other in others))
    with pytest.raises(NetworkError, match="routes come from one server or from files"):
        routes_probe(open_gate(Network(vrps=files / "vrps.json", routes=routes)))
