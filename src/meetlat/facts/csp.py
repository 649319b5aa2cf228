# SPDX-License-Identifier: EUPL-1.2
"""Content Security Policy as a browser reads it from the headers of an answer. Source: W3C CSP Level 3."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum

_BLANKS = re.compile(r"[\t\n\f\r ]+")
_BASE64 = "[a-z0-9+/_-]+={0,2}"
_NONCE = re.compile(f"'nonce-{_BASE64}'", re.IGNORECASE | re.ASCII)
_HASH = re.compile(f"'sha(?:256|384|512)-{_BASE64}'", re.IGNORECASE | re.ASCII)
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE | re.ASCII)
_HOST = re.compile(
    r"(?:(?P<scheme>[a-z][a-z0-9+.-]*)://)?"
    r"(?P<host>\*|(?:\*\.)?[a-z0-9-]+(?:\.[a-z0-9-]+)*\.?)"
    r"(?::(?:[0-9]+|\*))?"
    r"(?:/[a-z0-9._~!$&'()*+=:@%/-]*)?",
    re.IGNORECASE | re.ASCII,
)
# 2.3.1; the last few come from Trusted Types, from speculation rules and from a later draft.
_KEYWORDS = frozenset(
    {
        "'none'",
        "'self'",
        "'unsafe-inline'",
        "'unsafe-eval'",
        "'strict-dynamic'",
        "'unsafe-hashes'",
        "'report-sample'",
        "'unsafe-allow-redirects'",
        "'wasm-unsafe-eval'",
        "'trusted-types-eval'",
        "'inline-speculation-rules'",
        "'report-sha256'",
        "'report-sha384'",
        "'report-sha512'",
    }
)
# 6.8.3: where a directive that is not there takes its value from. Any other directive has no fallback.
_FALLBACKS: Mapping[str, tuple[str, ...]] = {
    "script-src-elem": ("script-src", "default-src"),
    "script-src-attr": ("script-src", "default-src"),
    "script-src": ("default-src",),
    "style-src-elem": ("style-src", "default-src"),
    "style-src-attr": ("style-src", "default-src"),
    "style-src": ("default-src",),
    "worker-src": ("child-src", "script-src", "default-src"),
    "frame-src": ("child-src", "default-src"),
    "child-src": ("default-src",),
    "connect-src": ("default-src",),
    "font-src": ("default-src",),
    "img-src": ("default-src",),
    "manifest-src": ("default-src",),
    "media-src": ("default-src",),
    "object-src": ("default-src",),
}
# Schemes under which everybody can serve something.
_OF_EVERYBODY = frozenset({"", "http", "https"})


class Kind(Enum):
    """What a source expression is (2.3.1); ``UNKNOWN`` is text that fits no grammar, and matches nothing."""

    KEYWORD = "keyword"
    NONCE = "nonce"
    HASH = "hash"
    SCHEME = "scheme"
    HOST = "host"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Source:
    """One source expression. ``scheme`` and ``host`` are lower case, and empty where the expression has none."""

    text: str
    kind: Kind
    scheme: str = ""
    host: str = ""

    @property
    def is_anybody(self) -> bool:
        """Whether it lets in whatever host there is: ``*``, ``http:``, ``https:``, or a host that is no more than a star."""
        if self.kind is Kind.HOST:
            return self.host == "*" and self.scheme in _OF_EVERYBODY
        return self.kind is Kind.SCHEME and self.scheme in _OF_EVERYBODY


@dataclass(frozen=True, slots=True)
class SourceList:
    """The sources that hold for something, and the directive in which they were written."""

    directive: str
    sources: tuple[Source, ...]

    def keyword(self, name: str) -> Source | None:
        """Return the keyword with this name (``unsafe-eval``), or None."""
        return next((source for source in self.sources if source.kind is Kind.KEYWORD and source.text.lower() == f"'{name}'"), None)

    def allows_all_inline(self, *, is_script: bool) -> bool:
        """Whether every script or style in the page itself may run (6.7.3.2).

        A nonce or a hash undoes unsafe-inline; for scripts strict-dynamic does so too.
        """
        if any(source.kind in {Kind.NONCE, Kind.HASH} for source in self.sources):
            return False
        if is_script and self.keyword("strict-dynamic"):
            return False
        return self.keyword("unsafe-inline") is not None


@dataclass(frozen=True, slots=True)
class Policy:
    """One policy: the values of its directives, by name in lower case."""

    directives: Mapping[str, tuple[str, ...]]

    def effective(self, name: str) -> SourceList | None:
        """Return the sources that hold for a directive, its own or those it falls back on; None when nothing is limited."""
        for written in (name, *_FALLBACKS.get(name, ())):
            if written in self.directives:
                return SourceList(written, tuple(read_source(text) for text in self.directives[written]))
        return None


def parse(values: Iterable[str]) -> tuple[Policy, ...]:
    """Read every policy of the Content-Security-Policy fields of an answer, in the order sent (2.2.2); one without directives is none.

    Each policy stands by itself: a browser does what all of them allow.
    """
    policies = (_policy(text) for value in values for text in value.split(","))
    return tuple(policy for policy in policies if policy.directives)


def _policy(text: str) -> Policy:
    """Read one policy (2.2.1): of a directive that stands there twice the first counts; one with other than ASCII is left out."""
    directives: dict[str, tuple[str, ...]] = {}
    for token in text.split(";"):
        name, *values = [word for word in _BLANKS.split(token) if word] or [""]
        if name and token.strip("\t\n\f\r ").isascii():
            directives.setdefault(name.lower(), tuple(values))
    return Policy(directives)


def read_source(text: str) -> Source:
    """Tell what a source expression is. Keywords, nonces and hashes stand between quotes; without them a word is a host."""
    if text.lower() in _KEYWORDS:
        return Source(text, Kind.KEYWORD)
    if _NONCE.fullmatch(text):
        return Source(text, Kind.NONCE)
    if _HASH.fullmatch(text):
        return Source(text, Kind.HASH)
    if scheme := _SCHEME.fullmatch(text):
        return Source(text, Kind.SCHEME, scheme[1].lower())
    if host := _HOST.fullmatch(text):
        return Source(text, Kind.HOST, (host["scheme"] or "").lower(), host["host"].lower())
    return Source(text, Kind.UNKNOWN)
