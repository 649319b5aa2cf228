# SPDX-License-Identifier: EUPL-1.2
"""The probes for ``tls`` and ``tls_smtp`` needs: all that a TLS server lets itself be known by."""

import asyncio
import base64
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace

from meetlat.model.evidence import Cause, Failure, Need
from meetlat.probes.failing import NoAnswerError
from meetlat.probes.gate import Gate
from meetlat.probes.tls.client import start
from meetlat.probes.tls.client12 import After12, renegotiated
from meetlat.probes.tls.conversation import Conversation
from meetlat.probes.tls.doors import Door, PortDoor, StarttlsDoor
from meetlat.probes.tls.examination import UP_TO_12, Examination
from meetlat.probes.tls.exchange import Patience
from meetlat.probes.tls.hello import SSL20, SSL30, TLS12, TLS13
from meetlat.probes.tls.made_sessions import MadeSessions
from meetlat.probes.tls.session import Manner, Session, Wishes, indicated
from meetlat.probes.tls.trust import Anchors
from meetlat.probes.watch import Within

WEB_PATIENCE = Patience()
# A mail server may be asked once a second, and greets when it likes.
MAIL_PATIENCE = Patience(idle_seconds=10, connections=60, total_seconds=300)
_MAX_CHAINS = 8  # one for each kind of key is usual; who sends another every time has shown that
_MAX_RENEGOTIATIONS = 11  # ten are few, eleven are no limit: as Internet.nl counts them
_TICKET_SECONDS = 2.0
_RENEGOTIATION_SECONDS = 5.0
_AGAIN_AFTER_SECONDS = 1.0


@dataclass(slots=True)
class _Sessions:
    """The real handshakes: with what the server likes best, and with TLS 1.2 or lower to negotiate again on."""

    best: Session | None = None
    old: Session | None = None
    failure: str = ""  # of the first that did not come about, or was broken off at once
    was_broken_off: bool = False
    renegotiations: int | None = None
    chains: list[list[bytes]] = field(default_factory=list)


_Then = Callable[[Session, _Sessions], Awaitable[None]]


@dataclass(slots=True)
class TlsProbe:
    """Answers needs of one kind: subject is the address, detail the name of the host. See docs/decisions/0010 for the answer.

    ``made``: sessions of other probes, of which one is as good as a session of our own.
    """

    gate: Gate
    anchors: Anchors | None
    kind: str = "tls"
    thorough: bool = False
    port: int | None = None
    made: MadeSessions = field(default_factory=MadeSessions)

    @property
    def _is_mail(self) -> bool:
        """Whether TLS begins after STARTTLS."""
        return self.kind == "tls_smtp"

    @property
    def _patience(self) -> Patience:
        """How long a server is waited for, and how many connections it may cost."""
        patience = MAIL_PATIENCE if self._is_mail else WEB_PATIENCE
        return Patience(patience.idle_seconds, connections=300, total_seconds=900) if self.thorough else patience

    async def observe(self, need: Need) -> Mapping[str, object]:
        """Ask the server everything. Raises NoAnswerError when no hello of ours was answered at all."""
        port = self.port or (25 if self._is_mail else 443)
        door: Door = (StarttlsDoor if self._is_mail else PortDoor)(self.gate, need.subject, port)
        name, alpn = indicated(need.detail), () if self._is_mail else ("h2", "http/1.1")
        talk = Conversation(door, self._patience)
        examination = Examination(talk, name, alpn, thorough=self.thorough)
        stopped_by = await examination.run()
        made = self.made.take(need.subject, port, name)
        # Whoever wants to see everything wants to see the protocol that a browser of today gets as well.
        sessions = _Sessions(best=made if examination.known.is13 and not self.thorough else None)
        if talk.control is not None and talk.control.versions != (SSL20,):
            await self._shake_hands(talk, examination, Wishes(name, alpn, wants_proof=True), sessions)
            if sessions.old is not None and not stopped_by:
                stopped_by = await examination.after_session(sessions.old.suite)
        return self._answer(talk, sessions, stopped_by)

    async def _shake_hands(self, talk: Conversation, examination: Examination, wishes: Wishes, sessions: _Sessions) -> None:
        """Make one real session, unless another probe did, and one to negotiate again on."""
        if examination.known.is13 and sessions.best is None:
            sessions.best = await self._session(talk, wishes, sessions, self._await_tickets)
        if examination.known.first12 is not None:
            old = replace(wishes, versions=UP_TO_12, wants_proof=sessions.best is None)
            sessions.old = await self._session(talk, old, sessions, self._renegotiate)
        sessions.best = sessions.best or sessions.old

    async def _session(self, talk: Conversation, wishes: Wishes, sessions: _Sessions, then: _Then) -> Session | None:
        """Make a session and do something with it; who did not like our full hello gets a plain one, and a refusal a second chance."""
        first = ""
        relic = talk.control is not None and talk.control.versions == (SSL30,)
        for manner in (Manner.RELIC,) if relic else (Manner.FULL, Manner.PLAIN):
            talk.connections += 1
            try:
                async with talk.door.open() as channel:
                    session = await start(channel, replace(wishes, manner=manner))
                    await then(session, sessions)
                    await session.close()
                    return session
            except NoAnswerError as error:
                first = first or f"{error.failure.value} {error.detail}".strip()
                if error.failure.cause is Cause.OURS and error.failure is not Failure.TLS_ALERT:
                    break
            await asyncio.sleep(_AGAIN_AFTER_SECONDS)
        sessions.failure = sessions.failure or first
        return None

    @staticmethod
    async def _await_tickets(session: Session, sessions: _Sessions) -> None:
        """Say goodbye at once, and read what the server had sent before it heard that: tickets, or that it wanted a certificate of us."""
        await session.wire.send(21, b"\x01\x00")
        try:
            with Within(_TICKET_SECONDS):
                while await session.receive():
                    pass
        except TimeoutError:
            return
        except OSError as error:
            sessions.failure, sessions.was_broken_off = str(error)[:100], True

    @staticmethod
    async def _renegotiate(session: Session, sessions: _Sessions) -> None:
        """Count how often the server lets a client negotiate again."""
        sessions.renegotiations = 0
        try:
            while sessions.renegotiations < _MAX_RENEGOTIATIONS:
                with Within(_RENEGOTIATION_SECONDS):
                    if not await renegotiated(session):
                        return
                sessions.renegotiations += 1
        except (NoAnswerError, ValueError, OSError, TimeoutError):
            return  # broken off: that is a refusal too

    def _answer(self, talk: Conversation, sessions: _Sessions, stopped_by: str) -> Mapping[str, object]:
        """Put the answer together."""
        chains = _chains(talk, sessions)
        staples = [one.reply.staple for one in talk.heard if one.reply.staple]
        staple = sessions.best.staple if sessions.best and sessions.best.staple else staples[0] if staples else b""
        return {
            "stopped_by": stopped_by,
            "consistent": is_consistent(talk, sessions.best, sessions.old),
            "left_out": sorted(one.name.lower() for one in talk.control.without) if talk.control else [],
            "connections": talk.connections,
            "hellos": [one.as_evidence() for one in talk.heard],
            "chains": [[base64.b64encode(one).decode("ascii") for one in chain] for chain in chains],
            "staple": base64.b64encode(staple).decode("ascii"),
            "handshake": _handshake(sessions),
            "client_renegotiations": sessions.renegotiations,
            "trust": [self.anchors.judge_path(chain) for chain in chains] if self.anchors else [],
        }


def _chains(talk: Conversation, sessions: _Sessions) -> list[list[bytes]]:
    """List the different chains that were sent; first what a client of today gets."""
    chains = [session.chain for session in (sessions.best, sessions.old) if session]
    chains += [one.reply.chain for one in talk.heard if one.offer.versions != (SSL20,)]
    different: list[list[bytes]] = []
    for chain in chains:
        if chain and chain not in different:
            different.append(chain)
        if len(different) == _MAX_CHAINS:
            break
    return different


def _handshake(sessions: _Sessions) -> Mapping[str, object]:
    """Tell of the real handshake."""
    best = sessions.best
    if best is None:
        return {"completed": False, "failure": sessions.failure}
    return {
        "completed": not sessions.was_broken_off,
        "failure": sessions.failure,
        "version": f"{best.version:04x}",
        "suite": f"{best.suite:04x}",
        "group": f"{best.group:04x}" if best.group is not None else "",
        # Of the two the session that was made here: another probe asks for one protocol only.
        "alpn": (sessions.old or best).alpn,
        "client_certificate_asked": best.client_certificate_asked,
        "max_early_data": best.max_early_data,
        "proved": best.is_proved,
    }


def is_consistent(talk: Conversation, best: Session | None, old: Session | None) -> bool:
    """Whether equal offers got equal answers: taken or not, the version, and the traits that do not hang on the suite."""
    versions: dict[tuple[int, ...], set[int]] = {}
    traits: dict[int, set[tuple[bool, bool]]] = {}
    for one in talk.heard:
        reply = one.reply
        if not reply.is_hello or reply.version is None or one.offer.versions == (SSL20,):
            continue
        versions.setdefault(one.offer.versions, set()).add(reply.version)
        if reply.version < TLS13 and not one.offer.without:
            traits.setdefault(reply.version, set()).add((reply.ems, reply.secure_renegotiation))
    if best is not None and talk.control is not None and TLS13 in talk.control.versions:
        versions.setdefault(talk.control.versions, set()).add(best.version)
    if old is not None:
        versions.setdefault(UP_TO_12, set()).add(old.version)
        if isinstance(old.after, After12) and old.version <= TLS12:
            reply = old.after.begun.reply
            traits.setdefault(old.version, set()).add((reply.ems, reply.secure_renegotiation))
    alike = all(len(seen) == 1 for seen in versions.values()) and all(len(seen) == 1 for seen in traits.values())
    return alike and not talk.took_what_it_refused
