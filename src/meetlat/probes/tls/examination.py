# SPDX-License-Identifier: EUPL-1.2
"""What a TLS server is asked, and in which order: few questions for a server that takes only the core, all of them for any other."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from meetlat.model.evidence import Failure
from meetlat.probes.failing import NoAnswerError
from meetlat.probes.tls import code_points as codes
from meetlat.probes.tls.conversation import PROTOCOL_VERSION, UNRECOGNIZED_NAME, UNSETTLED, Conversation, StoppedError, failure_of
from meetlat.probes.tls.exchange import SLOW
from meetlat.probes.tls.flight import Came, Reply
from meetlat.probes.tls.hello import SSL20, SSL30, TLS10, TLS11, TLS12, TLS13, Extension, Offer

UP_TO_12, UP_TO_11 = (TLS12, TLS11, TLS10, SSL30), (TLS11, TLS10, SSL30)
_GENERAL = (TLS13, TLS12, TLS11, TLS10)
_ALL_CURVES = (*codes.CORE_CURVES, *codes.OTHER_CURVES)
_AGAIN = 4  # times that unlike backends are asked the same
# So few that a server that cannot stand them is simply one that does not take them.
_SMALLEST_CHUNK, _SMALLEST_GROUPS = 15, 4
_COMMON_OLD = (
    0xC028,
    0xC027,
    0xC024,
    0xC023,
    0xC014,
    0xC013,
    0xC00A,
    0xC009,
    0x0039,
    0x0033,
    0x009D,
    0x009C,
    0x003D,
    0x003C,
    0x0035,
    0x002F,
    0x000A,
    0x0005,
    0x0004,
)
# What is left out, step by step, until a server answers: extensions that old programs choke on, then all but the name.
_LADDER: tuple[frozenset[Extension], ...] = (
    frozenset(),
    frozenset({Extension.STATUS_REQUEST}),
    frozenset({Extension.STATUS_REQUEST, Extension.ALPN, Extension.SESSION_TICKET}),
    frozenset(Extension) - {Extension.SERVER_NAME},
)


@dataclass(slots=True)
class Known:
    """What was found so far, to decide what to ask next."""

    is13: bool = False
    first12: Reply | None = None  # the first flight of TLS 1.2 or lower
    suites12: list[int] = field(default_factory=list)
    curves: tuple[int, ...] = codes.CORE_CURVES  # that are offered up to TLS 1.2 when it is not the curves that matter
    left_out: frozenset[Extension] = frozenset()
    signatures: tuple[int, ...] = codes.SIGNATURES_OFFERED


class Examination:
    """Asks one server all that its evidence should hold. ``thorough``: enumerate everything, also of a server that takes only the core."""

    def __init__(self, talk: Conversation, server_name: str, alpn: tuple[str, ...], *, thorough: bool = False) -> None:
        self.talk = talk
        self.known = Known()
        self._server_name, self._alpn, self._thorough = server_name, alpn, thorough

    async def run(self) -> str:
        """Ask everything; return why it stopped before the end ("" when it did not). Raises NoAnswerError when no hello was answered."""
        try:
            await self._open()
            speaks12 = await self._ask_core12()
            if await self._speaks13():
                await self._ask13()
            if speaks12:
                await self._ask12()
            else:
                await self._ssl2()
        except StoppedError as stopped:
            if not self.talk.heard:
                raise NoAnswerError(Failure.OUR_LIMIT, "no time was left to ask anything") from stopped
            if self.talk.control is None:
                raise failure_of([one.reply for one in self.talk.heard]) from stopped
            return str(stopped)
        except NoAnswerError:
            if self.talk.control is None:
                raise
            return "our-limit"
        return ""

    def offer(
        self, versions: Sequence[int], suites: Sequence[int], groups: Sequence[int], signatures: Sequence[int] | None = None
    ) -> Offer:
        """Return an offer in the form that this server can stand."""
        return Offer(
            versions=tuple(versions),
            suites=tuple(suites),
            groups=tuple(groups) if Extension.SUPPORTED_GROUPS not in self.known.left_out else (),
            signatures=tuple(signatures if signatures is not None else self.known.signatures),
            compression=max(versions) <= TLS12,  # TLS 1.3 forbids to offer any (RFC 8446, 4.1.2)
            server_name=self._server_name,
            alpn=self._alpn,
            without=self.known.left_out,
        )

    async def _open(self) -> None:
        """Find a hello that the server answers, and learn whether it speaks TLS 1.3."""
        replies: list[Reply] = []
        for offer in self._openings():
            reply = await self._patiently(offer)
            replies.append(reply)
            self.talk.note(offer, reply, settled=self.talk.is_answer(reply))
            if reply.is_hello:
                self.known.left_out = offer.without
                self.known.signatures = offer.signatures or codes.SIGNATURES_OFFERED
                self.talk.control = offer
                self.known.is13 = reply.version == TLS13
                if not self.known.is13 and offer.versions != (SSL20,):
                    self._note12(reply)
                return
            silent = sum(one.came is Came.TIMEOUT for one in replies) >= 2  # another form of hello will not wake it
            if (
                silent
                or reply.came is Came.REFUSED
                or reply.detail == SLOW
                or (reply.came is Came.ALERT and reply.alert == UNRECOGNIZED_NAME)
            ):
                break
        raise failure_of(replies)

    def _openings(self) -> Iterable[Offer]:
        """Yield hellos from what browsers send to what only relics understand."""
        suites = (*codes.CORE13, *codes.CORE12, *_COMMON_OLD)
        general = self.offer(_GENERAL, suites, codes.CORE_CURVES)._replace(compression=False)
        yield general
        plain = general._replace(versions=UP_TO_12, suites=suites[len(codes.CORE13) :], compression=True)
        yield plain
        for without in _LADDER[1:]:
            yield (general if len(without) < 4 else plain)._replace(without=without, signatures=codes.PLAIN_SIGNATURES)
        yield plain._replace(versions=(SSL30,), suites=codes.OLD_FIRST, groups=(), signatures=(), alpn=(), server_name="")
        for chunk in codes.LEGACY12_CHUNKS:
            yield plain._replace(suites=chunk)
        yield Offer((SSL20,), codes.SSL2)

    async def _patiently(self, offer: Offer) -> Reply:
        """Make one connection; when it is refused before any hello, once more and a little later."""
        reply = await self.talk.once(offer)
        return await self.talk.once(offer) if reply.came is Came.REFUSED else reply

    async def _speaks13(self) -> bool:
        """Whether the server speaks TLS 1.3; asked by itself where the first hello with it was refused for something else."""
        versions = self.talk.control.versions if self.talk.control else ()
        if TLS13 not in versions:
            reply = await self.talk.ask(self.offer((TLS13,), codes.CORE13, codes.CORE_GROUPS13))
            self.known.is13 = reply.is_hello
        return self.known.is13

    async def _ask13(self) -> None:
        """Ask for what lies outside the core of TLS 1.3: hello retry requests name it without any cryptography."""
        await self._suites((TLS13,), codes.OTHER13, codes.CORE13)
        await self._groups13(codes.OTHER_GROUPS13)
        if self._thorough:
            await self._suites((TLS13,), codes.CORE13, ())
            await self._groups13(codes.CORE_GROUPS13)

    async def _groups13(self, groups: Sequence[int]) -> None:
        """Find each of these groups that the server takes in TLS 1.3."""
        left = list(groups)
        while left:
            is_small = len(left) <= _SMALLEST_GROUPS or set(left) <= set(codes.CORE_GROUPS13)
            control = None if is_small else self.offer((TLS13,), codes.CORE13, (*left, *codes.CORE_GROUPS13))
            reply = await self.talk.ask(self.offer((TLS13,), codes.CORE13, left), control)
            if reply.is_hello and reply.group in left:
                left.remove(reply.group)
                continue
            if reply.detail == UNSETTLED and not is_small:
                # Something in the list may be what it cannot stand: two halves say the same.
                half = len(left) // 2
                await self._groups13(left[:half])
                await self._groups13(left[half:])
            return

    async def _ask_core12(self) -> bool:
        """Ask for the core of TLS 1.2, which shows the certificate too; return whether anything below TLS 1.3 may be spoken."""
        if any(suite in codes.CORE12 for suite in self.known.suites12):
            return True
        reply = await self.talk.ask(self.offer(UP_TO_12, codes.CORE12, codes.CORE_CURVES))
        if reply.is_hello:
            self._note12(reply)
        return not (reply.came is Came.ALERT and reply.alert == PROTOCOL_VERSION and self.known.is13)

    async def _ask12(self) -> None:
        """Ask for everything of TLS 1.2 and lower."""
        legacy = await self._legacy()
        await self._curves()
        if self._knows_more_curves:
            legacy += await self._legacy(besides=self.known.suites12)
        await self._weak_signatures()
        lower = await self._lower_versions()
        await self._ssl2()
        if legacy or lower or self._thorough or self._knows_more_curves:
            await self._preference(legacy)
            for version in lower:
                await self._lower_suites(version)
        await self._again_when_unlike()

    async def after_session(self, suite: int) -> str:
        """Go on when a real session, in which more curves were offered, came upon a suite that nothing was known of.

        Returns why it stopped before the end ("" when it did not).
        """
        if not self.known.suites12 or suite in self.known.suites12 or self._knows_more_curves:
            return ""
        self.known.curves = _ALL_CURVES
        self.known.suites12.append(suite)
        try:
            await self._preference(await self._legacy(besides=self.known.suites12))
        except StoppedError as stopped:
            return str(stopped)
        except NoAnswerError:
            return "our-limit"
        return ""

    @property
    def _knows_more_curves(self) -> bool:
        """Whether some certificate is shown only to who knows its curve: what goes with that is to be asked for with all curves."""
        return self.known.curves == _ALL_CURVES

    async def _legacy(self, besides: Sequence[int] = ()) -> list[int]:
        """Find each suite outside the core, besides those that were found before."""
        found: list[int] = []
        for chunk in codes.LEGACY12_CHUNKS:
            found += await self._suites(UP_TO_12, [suite for suite in chunk if suite not in besides], codes.CORE12)
        return found

    async def _suites(self, versions: Sequence[int], suites: Sequence[int], good: Sequence[int]) -> list[int]:
        """Find each of these suites that the server takes: what it chooses is left out of the next offer, until it takes none."""
        left, found = list(suites), []
        curves = codes.CORE_GROUPS13 if TLS13 in versions else self.known.curves
        while left:
            control = self.offer(versions, (*left, *good), curves) if good and len(left) > _SMALLEST_CHUNK else None
            reply = await self.talk.ask(self.offer(versions, left, curves), control)
            if reply.is_hello and reply.suite in left:
                if TLS13 not in versions:
                    self._note12(reply)
                left.remove(reply.suite)
                found.append(reply.suite)
                continue
            if reply.detail == UNSETTLED and control is not None:
                # The hello may have been too long for it: two halves say the same.
                half = len(left) // 2
                return found + await self._suites(versions, left[:half], good) + await self._suites(versions, left[half:], good)
            break
        return found

    def _note12(self, reply: Reply) -> None:
        """Keep what tells what to ask next."""
        if self.known.first12 is None or not self.known.first12.chain:
            self.known.first12 = reply
        if reply.suite is not None and reply.suite not in self.known.suites12:
            self.known.suites12.append(reply.suite)

    async def _curves(self) -> None:
        """Find the curves outside the core that the server takes up to TLS 1.2."""
        suites = [suite for suite in self.known.suites12 if codes.is_over_curve(suite)]
        if not suites:
            return
        offered = (*codes.CORE12, *(suite for suite in suites if suite not in codes.CORE12))[: codes.CHUNK]
        await self._curves_of(offered, ())
        # OpenSSL shows an ECDSA certificate only to a client that knows the curve of its key; there, others are seen when preferred.
        if self._thorough or any("ECDSA" in codes.name_of(suite) for suite in suites):
            await self._curves_of(offered, (0x17, 0x18))
        if self._thorough:
            await self._curves_of(offered, (), codes.CORE_CURVES)

    async def _curves_of(self, suites: Sequence[int], behind: Sequence[int], curves: Sequence[int] = codes.OTHER_CURVES) -> None:
        """Find each of these curves, offered before those that the certificate needs."""
        left = list(curves)
        while left:
            control = self.offer(UP_TO_12, suites, (*left, *codes.CORE_CURVES))
            reply = await self.talk.ask(self.offer(UP_TO_12, suites, (*left, *behind)), control)
            if reply.is_hello and reply.suite not in self.known.suites12:
                self.known.curves = _ALL_CURVES
                self._note12(reply)
            if not reply.is_hello or reply.group not in left:
                return
            left.remove(reply.group)

    async def _weak_signatures(self) -> None:
        """Find out whether the server signs its key exchange with MD5, SHA-1 or SHA-224 for a client that knows no better."""
        signed = [suite for suite in self.known.suites12 if codes.is_signed(suite)]
        if not signed or self.known.first12 is None or self.known.first12.version != TLS12:
            return
        suites = (*codes.CORE12, *(suite for suite in signed if suite not in codes.CORE12))[: codes.CHUNK]
        left = list(codes.WEAK_SIGNATURES)
        while left:
            control = self.offer((TLS12,), suites, codes.CORE_CURVES, (*left, *codes.STRONG_SIGNATURES))
            reply = await self.talk.ask(self.offer((TLS12,), suites, codes.CORE_CURVES, left), control)
            if not reply.is_hello or reply.signature not in left:
                return
            # What it does with one key it does with all: the next question is for another hash.
            left = [scheme for scheme in left if scheme >> 8 != reply.signature >> 8]

    async def _lower_versions(self) -> list[int]:
        """Find the versions below TLS 1.2 that the server takes."""
        found = []
        versions: tuple[int, ...] = UP_TO_11
        while versions:
            reply = await self.talk.ask(self.offer(versions, codes.OLD_FIRST, codes.CORE_CURVES))
            if not reply.is_hello or reply.version not in versions:
                break
            self._note12(reply)
            found.append(reply.version)
            versions = tuple(version for version in versions if version < reply.version)
        return found

    async def _again_when_unlike(self) -> None:
        """Where equal offers got unlike answers, let more of the servers behind the address choose between good and old suites."""
        answered = {one.reply.version for one in self.talk.heard if one.reply.is_hello and one.offer.versions == UP_TO_12}
        for _ in range(_AGAIN if len(answered) > 1 or self.talk.took_what_it_refused else 0):
            reply = await self.talk.ask(self.offer(UP_TO_12, (*codes.CORE12, *_COMMON_OLD), codes.CORE_CURVES))
            if reply.is_hello:
                self._note12(reply)

    async def _ssl2(self) -> None:
        """Ask in the words of SSL 2.0; whoever does not understand them may answer in any way, so no control is needed."""
        offer = Offer((SSL20,), codes.SSL2)
        reply = await self.talk.once(offer)
        self.talk.note(offer, reply, settled=reply.came is not Came.REFUSED)

    async def _preference(self, legacy: Sequence[int]) -> None:
        """Find the rest of the core, and whether the server chooses the better of what it takes.

        What it chooses is left out of the next offer, until nothing of another grade is left, or it has chosen the worse of two.
        """
        core = await self._suites(UP_TO_12, codes.CORE12, ())
        left = [suite for suite in (*legacy, *core) if codes.grade(suite) is not None][-codes.CHUNK :]
        while len({codes.grade(suite) for suite in left}) > 1:
            reply = await self.talk.ask(self.offer(UP_TO_12, left, self.known.curves))
            if not reply.is_hello or reply.suite not in left:
                return
            if codes.grade(reply.suite) != min(grade for suite in left if (grade := codes.grade(suite)) is not None):
                return
            left.remove(reply.suite)

    async def _lower_suites(self, version: int) -> None:
        """Find the suites that the server takes in a lower version and not in the highest."""
        taken = {one.reply.suite for one in self.talk.heard if one.reply.is_hello and one.reply.version != version}
        rest = codes.OLD if self._thorough else [suite for suite in codes.OLD if suite not in taken]
        for start in range(0, len(rest), codes.CHUNK):
            await self._suites((version,), rest[start : start + codes.CHUNK], ())
