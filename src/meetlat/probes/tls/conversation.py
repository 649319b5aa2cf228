# SPDX-License-Identifier: EUPL-1.2
"""Asking one TLS server hello after hello, and knowing an answer from a refusal to answer."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from meetlat.model.evidence import Cause, Failure
from meetlat.probes.failing import NoAnswerError
from meetlat.probes.tls.doors import Door
from meetlat.probes.tls.exchange import SLOW, Patience
from meetlat.probes.tls.flight import Came, Reply
from meetlat.probes.tls.hello import Offer, hello_record, ssl2_hello

# Alerts by which a server says that nothing in the offer suits it: handshake_failure, illegal_parameter, protocol_version,
# insufficient_security, inappropriate_fallback, missing_extension, unsupported_extension, no_application_protocol (RFC 8446, 6.2).
_NEGOTIATION = frozenset({40, 47, 70, 71, 86, 109, 110, 120})
PROTOCOL_VERSION, UNRECOGNIZED_NAME = 70, 112
UNSETTLED = "unsettled"
_BACK_OFF_SECONDS = (1.0, 4.0, 8.0)


class StoppedError(Exception):
    """No more can be asked; says whose doing that is ("theirs", "our-limit")."""


class Heard(NamedTuple):
    """A hello as it was offered, and what came back. ``settled``: whether it is an answer to the offer, or only a failure to answer."""

    offer: Offer
    reply: Reply
    settled: bool

    def as_evidence(self) -> dict[str, object]:
        """Write it down; see docs/decisions/0010."""
        offer, reply = self.offer, self.reply
        told: dict[str, object] = {
            "versions": _hex(offer.versions),
            "suites": "".join(f"{kind:06x}" for kind in offer.suites) if offer.versions == (2,) else _hex(offer.suites),
            "groups": _hex(offer.groups),
            "signatures": _hex(offer.signatures),
            "compression": offer.compression,
            "came": reply.came.value,
            "settled": self.settled,
        }
        if reply.alert is not None:
            told["alert"] = reply.alert
        if reply.version is not None:
            told |= {
                "version": f"{reply.version:04x}",
                "suite": f"{reply.suite:04x}" if reply.suite is not None else "",
                "group": f"{reply.group:04x}" if reply.group is not None else "",
                "dh_bits": reply.dh_bits,
                "dh_known": reply.dh_known,
                "signature": f"{reply.signature:04x}" if reply.signature is not None else "",
                "deflate": reply.deflate,
                "secure_renegotiation": reply.secure_renegotiation,
                "ems": reply.ems,
                "extensions": _hex(tuple(reply.extensions)),
            }
        if reply.kinds:
            told["kinds"] = "".join(f"{kind:06x}" for kind in reply.kinds)
        return told


@dataclass(slots=True)
class Conversation:
    """All that was asked of one server and heard from it.

    ``control`` is an offer that the server took. ``manners`` are the ways other than an alert in which it was seen to refuse an offer while
    the control still worked between two tries.
    """

    door: Door
    patience: Patience
    heard: list[Heard] = field(default_factory=list)
    connections: int = 0
    control: Offer | None = None
    manners: set[Came] = field(default_factory=set)
    began: float = field(default_factory=lambda: asyncio.get_running_loop().time())

    async def ask(self, offer: Offer, control: Offer | None = None) -> Reply:
        """Offer, and return what came back; ``reply.detail`` is "unsettled" when that is no answer.

        The control is the same offer with something added that the server is known to take. Raises StoppedError, and NoAnswerError when
        it is we who may not ask.
        """
        reply = await self.once(offer)
        if not self.is_answer(reply) and self.control is not None:
            return await self._settle(offer, reply, control or self.control)
        return self.note(offer, reply, settled=self.is_answer(reply))

    async def once(self, offer: Offer) -> Reply:
        """Make one connection for one offer."""
        late = asyncio.get_running_loop().time() - self.began > self.patience.total_seconds
        if late or self.connections >= self.patience.connections:
            raise StoppedError("our-limit")
        self.connections += 1
        try:
            if offer.versions == (2,):
                return await self.door.exchange(ssl2_hello(offer.suites), self.patience, is_ssl2=True)
            return await self.door.exchange(hello_record(offer), self.patience)
        except NoAnswerError as error:
            if error.failure.cause is Cause.OURS:
                raise
            return Reply(Came.REFUSED, detail=error.failure.value)

    def note(self, offer: Offer, reply: Reply, *, settled: bool) -> Reply:
        """Write down what was heard."""
        self.heard.append(Heard(offer, reply, settled))
        return reply

    @property
    def took_what_it_refused(self) -> bool:
        """Whether an offer was once taken and once, for good, refused: there is more than one server behind the address."""
        taken = {one.offer for one in self.heard if one.reply.is_hello}
        return any(one.settled and not one.reply.is_hello and one.offer in taken for one in self.heard)

    @staticmethod
    def is_answer(reply: Reply) -> bool:
        """Whether a reply is an answer to what was offered: something chosen, or an alert that says that nothing suits."""
        return reply.is_hello or (reply.came is Came.ALERT and reply.alert in _NEGOTIATION)

    async def _settle(self, offer: Offer, reply: Reply, control: Offer) -> Reply:
        """Find out whether a silence, close or reset is how this server says no, or that it is not to be spoken to.

        It is a no when the control works, and the offer then fares alike again; a manner seen once in this way needs no second try. When
        only the plain control works, it is the form of the hello that the server cannot stand: no answer to what was offered.
        """
        self.note(offer, reply, settled=False)
        works = False
        for pause in (0.0, *_BACK_OFF_SECONDS):
            await asyncio.sleep(pause)
            works = await self._works(control)
            if works or (self.control is not None and control != self.control and await self._works(self.control)):
                break
        else:
            raise StoppedError("theirs")
        again = reply if works and reply.came in self.manners else await self.once(offer)
        settled = works and again.came is reply.came and reply.came not in {Came.REFUSED, Came.MALFORMED}
        if settled:
            self.manners.add(reply.came)
        elif not self.is_answer(again):
            again.detail = UNSETTLED
        return self.note(offer, again, settled=settled or self.is_answer(again))

    async def _works(self, control: Offer) -> bool:
        """Whether the server takes an offer now; what it chose is knowledge as well."""
        return self.note(control, reply := await self.once(control), settled=self.is_answer(reply)).is_hello


def failure_of(replies: Sequence[Reply]) -> NoAnswerError:
    """Say why a server with which no hello succeeded gave no answer: by what it did on the first, as a client of today meets it."""
    reply = next((one for one in replies if one.came is not Came.REFUSED), replies[0])
    spoke = any(one.version is not None or (one.alert is not None and one.came is not Came.ALERT) for one in replies)
    if reply.detail == SLOW or spoke:
        return NoAnswerError(Failure.TLS_BROKEN, reply.came.value)
    if reply.came is Came.ALERT and reply.alert == UNRECOGNIZED_NAME:
        return NoAnswerError(Failure.TLS_NAME_UNKNOWN, "alert 112")
    if reply.came is Came.REFUSED:
        return NoAnswerError(Failure(reply.detail), "before TLS")
    return NoAnswerError(_FAILURES[reply.came], f"alert {reply.alert}" if reply.alert is not None else reply.came.value)


_FAILURES: Mapping[Came, Failure] = {
    Came.ALERT: Failure.TLS_ALERT,
    Came.CLOSED: Failure.TLS_CLOSED,
    Came.RESET: Failure.TLS_CLOSED,
    Came.TIMEOUT: Failure.TLS_TIMEOUT,
    Came.MALFORMED: Failure.TLS_NOT_SPOKEN,
    Came.NOT_TLS: Failure.TLS_NOT_SPOKEN,
}


@lru_cache(maxsize=4096)  # the same lists are offered to every server
def _hex(numbers: tuple[int, ...]) -> str:
    """Write code points as evidence has them."""
    return "".join(f"{number:04x}" for number in numbers)
