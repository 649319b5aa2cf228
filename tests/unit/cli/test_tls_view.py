# SPDX-License-Identifier: EUPL-1.2
"""The TLS of a host is shown as its administrator knows it."""

from datetime import UTC, datetime
from io import StringIO

from rich.console import Console

from meetlat.cli.tls_view import tls_tables
from meetlat.model.domain import Domain
from meetlat.model.evidence import Evidence, Failure, Need, Observation
from meetlat.model.target import Role, Target
from meetlat.standards.loading import standards

_TARGET = Target(Domain.parse("gemeente-duinrade.nl"), Role.WEB)
_NEED = Need("tls", "198.51.100.7", "gemeente-duinrade.nl")
_WHEN = datetime(2026, 6, 1, tzinfo=UTC)
_CHOSEN = {"came": "server_hello", "settled": True, "version": "0303", "group": "001d", "signature": "0401", "secure_renegotiation": True}
_HELLOS = [
    {"versions": "0303030203010300", "suites": "c02f", "groups": "001d", "signatures": "0401", **_CHOSEN, "suite": "c02f", "ems": True},
    {"versions": "0303030203010300", "suites": "000a", "groups": "001d", "signatures": "0401", **_CHOSEN, "suite": "000a", "ems": True},
    {"versions": "0302", "suites": "002f", "groups": "001d", "signatures": "", "came": "alert", "alert": 70, "settled": True},
]


def _shown(answer):
    """Show the tables of one answer as plain text."""
    observation = Observation(_NEED, _WHEN, answer=answer) if answer else Observation(_NEED, _WHEN, failure=Failure.TLS_TIMEOUT)
    norm = standards()["tls"].norm("2025-05")
    console = Console(width=140, record=True, file=StringIO())
    for table in tls_tables(_TARGET, Evidence([observation]), norm):
        console.print(table)
    return console.export_text()


def test_versions_and_suites_come_with_their_level(monkeypatch):
    """What is accepted has the level of the norm; what is refused is said to be refused, and the rest to be unknown."""
    monkeypatch.setenv("MEETLAT_LANG", "nl")
    shown = _shown({"hellos": _HELLOS, "connections": 3, "stopped_by": "theirs"})
    assert "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 voldoende" in shown
    assert "TLS_RSA_WITH_3DES_EDE_CBC_SHA onvoldoende" in shown
    assert "geweigerd: TLS 1.1" in shown
    assert "niet vastgesteld: TLS 1.3, TLS 1.0, SSL 3.0, SSL 2.0" in shown
    assert "De server gaf halverwege geen antwoord meer." in shown


def test_no_answer_gives_no_table():
    """Of a server that did not answer there is nothing to show."""
    assert _shown(None) == ""


def test_evidence_that_is_odd_is_shown_as_far_as_it_can_be_read():
    """Whatever stands in the evidence, showing it does not fail."""
    odd = {"hellos": [{}, {"versions": 3, "came": "server_hello"}], "chains": [["AAAA"]], "trust": [], "handshake": None, "left_out": ["x"]}
    assert "198.51.100.7" in _shown(odd)
