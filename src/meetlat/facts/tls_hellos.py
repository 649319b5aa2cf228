# SPDX-License-Identifier: EUPL-1.2
"""The hellos that a TLS server was sent and what it answered, read from the evidence (docs/decisions/0010)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import cast

from meetlat.model.evidence import Evidence, Need

_ANSWERED = frozenset({"server_hello", "hello_retry"})
SSL2 = "0002"
TLS13, TLS12 = "0304", "0303"


@dataclass(frozen=True, slots=True)
class Hello:
    """One hello. Codes are hexadecimal texts, as in evidence; what the server did not say is an empty text or None.

    ``is_settled``: an answer to what was offered, and not only a failure to answer.
    """

    versions: tuple[str, ...]
    suites: tuple[str, ...]
    groups: tuple[str, ...]
    signatures: tuple[str, ...]
    offers_deflate: bool
    is_answered: bool
    is_settled: bool
    version: str
    suite: str
    group: str
    dh_bits: int | None
    dh_known: str
    signature: str
    deflate: bool
    secure_renegotiation: bool
    ems: bool
    kinds: tuple[str, ...]

    @property
    def is_refused(self) -> bool:
        """Whether the server answered that nothing in the offer suits it."""
        return self.is_settled and not self.is_answered

    @property
    def speaks_tls(self) -> bool:
        """Whether a server hello came back, even if no whole flight followed."""
        return bool(self.version)


@dataclass(frozen=True, slots=True)
class Handshake:
    """The one real handshake. ``max_early_data`` is None without a ticket; ``is_proved`` when that could not be checked."""

    is_completed: bool
    failure: str
    version: str
    suite: str
    group: str
    alpn: str
    client_certificate_asked: bool
    max_early_data: int | None
    is_proved: bool | None


@dataclass(frozen=True, slots=True, eq=False)  # each is itself, so that what is worked out of it can be kept
class Talk:
    """All that one server let itself be known by."""

    hellos: tuple[Hello, ...]
    handshake: Handshake
    stopped_by: str
    is_consistent: bool
    left_out: tuple[str, ...]
    connections: int
    client_renegotiations: int | None
    staple: str

    @property
    def speaks_tls(self) -> bool:
        """Whether any hello was answered with a server hello."""
        return any(hello.speaks_tls for hello in self.hellos) or bool(self.handshake.version)

    def answered(self) -> Iterator[Hello]:
        """Yield the hellos of SSL 3.0 and later in which the server chose something, of what was offered."""
        return (hello for hello in self.hellos if hello.is_answered and hello.suite in hello.suites and hello.version in hello.versions)


def talk(need: Need, seen: Evidence) -> Talk | None:
    """Read what came of a ``tls`` or ``tls_smtp`` need, or None when there is no answer."""
    return seen.reading(need, _talk)


def _talk(answer: Mapping[str, object]) -> Talk:
    """Read an answer."""
    hellos = answer.get("hellos")
    return Talk(
        hellos=tuple(_hello(one) for one in hellos if isinstance(one, Mapping)) if isinstance(hellos, Sequence) else (),
        handshake=_handshake(answer.get("handshake")),
        stopped_by=str(answer.get("stopped_by", "")),
        is_consistent=answer.get("consistent") is not False,
        left_out=tuple(str(one) for one in cast("Sequence[object]", answer.get("left_out", ()))),
        connections=_number(answer.get("connections")) or 0,
        client_renegotiations=_number(answer.get("client_renegotiations")),
        staple=str(answer.get("staple", "")),
    )


def _hello(told: Mapping[str, object]) -> Hello:
    """Read one hello."""
    versions = _codes(told.get("versions"), 4)
    six = 6 if versions == (SSL2,) else 4
    return Hello(
        versions=versions,
        suites=_codes(told.get("suites"), six),
        groups=_codes(told.get("groups"), 4),
        signatures=_codes(told.get("signatures"), 4),
        offers_deflate=told.get("compression") is True,
        is_answered=told.get("came") in _ANSWERED,
        is_settled=told.get("settled") is True,
        version=str(told.get("version") or ""),
        suite=str(told.get("suite") or ""),
        group=str(told.get("group") or ""),
        dh_bits=_number(told.get("dh_bits")),
        dh_known=str(told.get("dh_known") or ""),
        signature=str(told.get("signature") or ""),
        deflate=told.get("deflate") is True,
        secure_renegotiation=told.get("secure_renegotiation") is True,
        ems=told.get("ems") is True,
        kinds=_codes(told.get("kinds"), 6),
    )


def _handshake(told: object) -> Handshake:
    """Read the real handshake."""
    known: Mapping[str, object] = told if isinstance(told, Mapping) else {}
    proved = known.get("proved")
    return Handshake(
        is_completed=known.get("completed") is True,
        failure=str(known.get("failure") or ""),
        version=str(known.get("version") or ""),
        suite=str(known.get("suite") or ""),
        group=str(known.get("group") or ""),
        alpn=str(known.get("alpn") or ""),
        client_certificate_asked=known.get("client_certificate_asked") is True,
        max_early_data=_number(known.get("max_early_data")),
        is_proved=proved if isinstance(proved, bool) else None,
    )


def _codes(text: object, size: int) -> tuple[str, ...]:
    """Cut a text of codes into codes."""
    return _cut(text, size) if isinstance(text, str) else ()


@lru_cache(maxsize=4096)  # every server is offered the same lists, and each rule reads them again
def _cut(text: str, size: int) -> tuple[str, ...]:
    """Cut a text into pieces of one size."""
    return tuple(text[start : start + size] for start in range(0, len(text) - size + 1, size))


def _number(value: object) -> int | None:
    """Read a whole number."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None
