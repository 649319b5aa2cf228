# SPDX-License-Identifier: EUPL-1.2
"""The probe for ``smtp`` needs: one session with a mail server, as far as STARTTLS, without any mail."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from meetlat.model.evidence import Failure, Need
from meetlat.probes.channel import PlainChannel
from meetlat.probes.failing import NoAnswerError
from meetlat.probes.gate import Gate
from meetlat.probes.smtp_dialogue import SmtpDialogue
from meetlat.probes.tls.client import start
from meetlat.probes.tls.made_sessions import MadeSessions
from meetlat.probes.tls.session import Manner, Wishes, indicated

_AGAIN_PLAINLY = frozenset({Failure.TLS_CLOSED.value, Failure.TLS_ALERT.value})


@dataclass(slots=True)
class _Told:
    """What the server has said so far; becomes the answer."""

    banner_code: int | None = None
    banner: str = ""
    ehlo_code: int | None = None
    extensions: list[str] = field(default_factory=list)
    starttls_code: int | None = None
    tls: Mapping[str, object] | None = None
    starttls_failure: str = ""
    ended_by: str = ""

    def answer(self) -> dict[str, object]:
        """Return it as an answer. Incomplete: refused for now, or broken off before STARTTLS was settled."""
        offered = "STARTTLS" in self.extensions
        settled = self.banner_code == 220 and self.ehlo_code == 250 and (not offered or self.tls is not None)
        return {
            "banner_code": self.banner_code,
            "banner": self.banner,
            "ehlo_code": self.ehlo_code,
            "extensions": self.extensions,
            "starttls_code": self.starttls_code,
            "tls": self.tls,
            "starttls_failure": self.starttls_failure,
            "ended_by": self.ended_by,
            "complete": settled,
        }


class SmtpProbe:
    """Answers needs of kind ``smtp``: subject is the address, detail the name of the mail host (used for SNI)."""

    kind = "smtp"

    def __init__(self, gate: Gate, port: int = 25, made: MadeSessions | None = None) -> None:
        self._gate = gate
        self._port = port
        self._made = made or MadeSessions()

    async def observe(self, need: Need) -> Mapping[str, object]:
        """Read the greeting, say EHLO, STARTTLS when it is offered, and QUIT.

        Answer: see ``_Told``; what the server did after its greeting is an answer, however it ended. When only the handshake failed, it is
        tried once more with a plainer hello: old servers choke on new ones. Raises NoAnswerError when no greeting was received at all.
        """
        told = await self._session(need, Manner.FULL)
        if told.starttls_failure in _AGAIN_PLAINLY:
            try:
                again = await self._session(need, Manner.PLAIN)
            except NoAnswerError:
                return told.answer()
            if again.tls is not None:
                return again.answer()
        return told.answer()

    async def _session(self, need: Need, manner: Manner) -> _Told:
        """Hold one session."""
        told = _Told()
        async with self._gate.connection(need.subject, self._port, is_mail=True) as channel:
            dialogue = SmtpDialogue(channel)
            told.banner_code, lines = await dialogue.greeting()
            told.banner = lines[0][:200]
            try:
                if told.banner_code == 220:
                    await self._talk(need, dialogue, channel, told, manner)
            except NoAnswerError as error:
                told.ended_by = error.failure.value
            if told.tls is None and not told.starttls_failure:
                await dialogue.quit()
            await channel.close()
        return told

    async def _talk(self, need: Need, dialogue: SmtpDialogue, channel: PlainChannel, told: _Told, manner: Manner) -> None:
        """Go on after the greeting, as far as the server takes part."""
        told.ehlo_code, lines = await dialogue.command(f"EHLO {self._gate.identity.ehlo_name}")
        if told.ehlo_code != 250:
            return
        told.extensions = [line.upper()[:100] for line in lines[1:]]
        if "STARTTLS" not in told.extensions:
            return
        told.starttls_code, _ = await dialogue.command("STARTTLS")
        if told.starttls_code != 220:
            return
        try:
            dialogue.refuse_early_words()
            name = indicated(need.detail)
            session = await start(channel, Wishes(name, manner=manner, wants_proof=True))
        except NoAnswerError as error:
            told.starttls_failure = error.failure.value
            return
        told.tls = session.facts()
        if await SmtpDialogue(session).say_goodbye():
            self._made.keep(need.subject, self._port, name, session)
        await session.close()
