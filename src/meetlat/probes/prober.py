# SPDX-License-Identifier: EUPL-1.2
"""All probes together: a need in, an observation out, always."""

import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Protocol

from meetlat.model.evidence import Failure, Need, Observation
from meetlat.probes.dns import DnsProbe
from meetlat.probes.failing import NoAnswerError
from meetlat.probes.gate import Gate
from meetlat.probes.http import CompressedProbe, HttpProbe
from meetlat.probes.name_server import NameServerProbe
from meetlat.probes.resolver import Resolver
from meetlat.probes.routes import routes_probe
from meetlat.probes.smtp import SmtpProbe
from meetlat.probes.standstill import Standstill
from meetlat.probes.tls.made_sessions import MadeSessions
from meetlat.probes.tls.probe import TlsProbe
from meetlat.probes.tls.trust import read_anchors

_log = logging.getLogger(__name__)


class Probe(Protocol):
    """Answers needs of one kind."""

    kind: str

    async def observe(self, need: Need) -> Mapping[str, object]:
        """Answer the need, or raise NoAnswerError."""
        ...


class Prober:
    """Turns needs into observations; never raises for what the network, or a bug of ours, does."""

    def __init__(
        self, probes: Mapping[str, Probe], gate: Gate, resolver: Resolver | None = None, standstill: Standstill | None = None
    ) -> None:
        self._probes = probes
        self.gate = gate
        self.resolver = resolver
        self._standstill = standstill

    async def observe(self, need: Need, attempt: int = 1) -> Observation:
        """Ask once and say what came of it, and when: the moment it was seen, not that at which it joined the row at the gate.

        What was being asked while we ourselves stood still is our failure, whatever came of it: a time-out then says nothing of them.
        """
        before = self._standstill.count() if self._standstill else 0
        seen = await self._observed(need, attempt)
        if self._standstill is None or self._standstill.count() == before:
            return seen
        return Observation(need, seen.at, failure=Failure.OUR_LIMIT, detail="our own process stood still meanwhile", attempt=attempt)

    async def _observed(self, need: Need, attempt: int) -> Observation:
        """Ask the probe."""
        try:
            answer = await self._probes[need.kind].observe(need)
        except NoAnswerError as error:
            return Observation(need, datetime.now(UTC), failure=error.failure, detail=error.detail, attempt=attempt)
        except Exception as error:  # noqa: BLE001 - our bug on one answer must not end the measurement, and must never count against them
            _log.exception("probe %s failed on %s", need.kind, need)
            detail = f"{type(error).__name__}: {error}"[:300]
            return Observation(need, datetime.now(UTC), failure=Failure.OUR_ERROR, detail=detail, attempt=attempt)
        return Observation(need, datetime.now(UTC), answer=answer, attempt=attempt)


@asynccontextmanager
async def prober(gate: Gate, resolver: tuple[str, int], *, thorough: bool = False) -> AsyncIterator[Prober]:
    """Make all probes on one gate and one resolver, for the duration of the block; ``thorough`` enumerates all that TLS servers take."""
    asking = Resolver(*resolver)
    standstill = Standstill()
    try:
        await asking.open()
        anchors = read_anchors(gate.network.ca_bundle)
        made = MadeSessions()
        http = HttpProbe(gate, made)
        probes: tuple[Probe, ...] = (
            DnsProbe(asking),
            NameServerProbe(gate),
            http,
            CompressedProbe(http),
            SmtpProbe(gate, made=made),
            TlsProbe(gate, anchors, thorough=thorough, made=made),
            TlsProbe(gate, anchors, "tls_smtp", thorough=thorough, made=made),
            routes_probe(gate, asking),
        )
        yield Prober({probe.kind: probe for probe in probes}, gate, asking, standstill)
    finally:
        standstill.stop()
        asking.close()
