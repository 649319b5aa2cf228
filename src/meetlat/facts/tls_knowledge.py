# SPDX-License-Identifier: EUPL-1.2
"""What is known of a TLS server: accepted, refused, or unknown. An offer of which another part was chosen says nothing of the rest."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import lru_cache

from meetlat.facts.tls_catalogue import CURVES, GROUPS13, SSL2_KINDS, SUITES, SUITES13, VERSIONS
from meetlat.facts.tls_hellos import SSL2, TLS12, TLS13, Hello, Talk

_once = lru_cache(maxsize=64)  # one rule after another asks it of the same servers
_TO_TLS12 = ("0303", "0302", "0301", "0300")
_GOOD_CURVES = frozenset({"001d", "0017"})  # with these a server of today finds a curve to its taste


@dataclass(frozen=True, slots=True)
class Known:
    """What of a kind the server accepts and what it refuses, as codes; all else of the catalogue is unknown."""

    accepted: frozenset[str]
    refused: frozenset[str]

    def unknown(self, codes: Collection[str]) -> frozenset[str]:
        """Return which of these codes could not be established."""
        return frozenset(codes) - self.accepted - self.refused


@dataclass(frozen=True, slots=True)
class Key:
    """A key exchange that was seen: a named curve or group, or a DH group of the server's own with its size."""

    code: str
    name: str
    bits: int | None = None


@_once
def versions(talk: Talk) -> Known:
    """Return which versions the server speaks.

    A refused hello says this of its versions only when the server speaks none of them: otherwise it is about the suites or groups.
    """
    accepted = {hello.version for hello in talk.answered()} | {
        SSL2 for hello in talk.hellos if hello.versions == (SSL2,) and hello.is_answered
    }
    accepted.add(talk.handshake.version)
    accepted.discard("")
    refused: set[str] = set()
    for hello in talk.hellos:
        if hello.is_refused and not accepted & set(hello.versions):
            refused.update(hello.versions)
        elif hello.is_answered:
            refused.update(version for version in hello.versions if version > hello.version)
    return Known(frozenset(accepted), frozenset(refused) - accepted)


@_once
def suites12(talk: Talk) -> Known:
    """Return which suites up to TLS 1.2 the server takes, in whatever version; of SSL 2.0 the cipher kinds."""
    spoken = versions(talk)
    accepted = {hello.suite for hello in talk.answered() if hello.version <= TLS12}
    accepted |= {kind for hello in talk.hellos if hello.is_answered for kind in hello.kinds}
    if talk.handshake.version and talk.handshake.version <= TLS12:
        accepted.add(talk.handshake.suite)
    highest = max(spoken.accepted & set(_TO_TLS12), default=TLS12)
    refused = {suite for hello in talk.hellos if hello.is_refused and _is_about_suites(hello, highest) for suite in hello.suites}
    if spoken.refused >= set(_TO_TLS12):
        refused |= set(SUITES)  # a server that speaks none of these versions
    if SSL2 in spoken.refused:
        refused |= set(SSL2_KINDS)
    return Known(frozenset(accepted - {""}), frozenset(refused) - accepted)


def _is_about_suites(hello: Hello, highest: str) -> bool:
    """Whether the refusal of a hello is one of its suites: it offered the version spoken, and good curves and signatures."""
    if not hello.versions or hello.versions == (SSL2,) or hello.versions[0] > TLS12 or highest not in hello.versions:
        return False
    return chooses_freely(hello)


@_once
def suites13(talk: Talk) -> Known:
    """Return which suites of TLS 1.3 the server takes."""
    accepted = {hello.suite for hello in talk.answered() if hello.version == TLS13}
    if talk.handshake.version == TLS13:
        accepted.add(talk.handshake.suite)
    refused = {suite for hello in talk.hellos if hello.is_refused and hello.versions == (TLS13,) for suite in hello.suites}
    if TLS13 in versions(talk).refused:
        refused |= set(SUITES13)
    return Known(frozenset(accepted - {""}), frozenset(refused) - accepted)


@_once
def groups13(talk: Talk) -> Known:
    """Return which groups the server takes in TLS 1.3."""
    accepted = {hello.group for hello in talk.answered() if hello.version == TLS13}
    if talk.handshake.version == TLS13:
        accepted.add(talk.handshake.group)
    refused = {group for hello in talk.hellos if hello.is_refused and hello.versions == (TLS13,) for group in hello.groups}
    if TLS13 in versions(talk).refused:
        refused |= set(GROUPS13)
    return Known(frozenset(accepted - {""}), frozenset(refused) - accepted)


@_once
def curves12(talk: Talk) -> Known:
    """Return which curves the server takes up to TLS 1.2. Without any suite over a curve, it takes none."""
    over_curves = [hello for hello in talk.answered() if hello.version <= TLS12 and hello.group]
    accepted = {hello.group for hello in over_curves}
    if talk.handshake.version and talk.handshake.version <= TLS12:
        accepted.add(talk.handshake.group)
    known = suites12(talk)
    ephemeral = {code for code, name in SUITES.items() if name.startswith(("TLS_ECDHE_", "TLS_ECDH_anon"))}
    if not over_curves and ephemeral <= known.refused:
        return Known(frozenset(accepted - {""}), frozenset(CURVES))
    refused = {group for hello in talk.hellos if hello.is_refused and is_about_curves(hello) for group in hello.groups}
    return Known(frozenset(accepted - {""}), frozenset(refused) - accepted)


def is_about_curves(hello: Hello) -> bool:
    """Whether a hello up to TLS 1.2 offered curves outside the core without the good ones, so that its refusal is one of the curves.

    Where all curves stand beside good ones (old suites are asked for so behind a certificate on another curve), it is one of the suites.
    """
    if not hello.versions or hello.versions[0] > TLS12 or hello.versions == (SSL2,):
        return False
    has_others = not set(hello.groups) <= {"001d", "0017", "0018", "001e"}
    return has_others and not set(hello.groups) >= _GOOD_CURVES


@_once
def own_dh_groups(talk: Talk) -> frozenset[Key]:
    """Return the DH groups that the server sent up to TLS 1.2: those of RFC 7919 by name, others by their size."""
    found = {(hello.dh_known, hello.dh_bits) for hello in talk.answered() if hello.dh_bits is not None}
    return frozenset(Key("", name or f"DH {bits}", bits) for name, bits in found)


@_once
def key_exchange_hashes(talk: Talk) -> Known:
    """Return with which weak hashes (MD5, SHA-1, SHA-224) the server signs its key exchange in TLS 1.2, and with which strong ones."""
    asked = [hello for hello in talk.hellos if hello.versions == (TLS12,) and hello.signatures]
    accepted = {hash_of(hello.signature) for hello in talk.answered() if hello.version == TLS12 and hello.signature}
    refused = {hash_of(code) for hello in asked if hello.is_refused for code in hello.signatures}
    # One that chose what was not offered did refuse what was.
    refused |= {
        hash_of(code) for hello in asked if hello.is_answered and hello.signature not in hello.signatures for code in hello.signatures
    }
    return Known(frozenset(accepted - {""}), frozenset(refused - {""}) - accepted)


_HASHES = {"01": "MD5", "02": "SHA-1", "03": "SHA-224", "04": "SHA-256", "05": "SHA-384", "06": "SHA-512"}
_WEAK = frozenset({"MD5", "SHA-1", "SHA-224"})
_NAMED = {"0804": "SHA-256", "0805": "SHA-384", "0806": "SHA-512", "0809": "SHA-256", "080a": "SHA-384", "080b": "SHA-512"}


def hash_of(signature: str) -> str:
    """Return the hash of a signature scheme, or an empty text (EdDSA has its own)."""
    if signature in _NAMED:
        return _NAMED[signature]
    return _HASHES.get(signature[:2], "SHA-512" if signature.startswith("08") else "")


def lower_choices(talk: Talk) -> Iterator[Hello]:
    """Yield the hellos up to TLS 1.2 in which the server chose among several suites that it takes: what it prefers to what."""
    for hello in talk.answered():
        if hello.version <= TLS12 and hello.versions and hello.versions[0] <= TLS12:
            yield hello


def version_names(codes: Collection[str]) -> str:
    """Write versions as people read them, newest first."""
    return ", ".join(name for code, name in VERSIONS.items() if code in codes)


def chooses_freely(hello: Hello) -> bool:
    """Whether the server could choose any suite of a hello: good curves and signatures were offered beside them."""
    has_curves = not hello.groups or set(hello.groups) >= _GOOD_CURVES
    return has_curves and (not hello.signatures or any(hash_of(code) not in _WEAK for code in hello.signatures))
