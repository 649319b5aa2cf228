# SPDX-License-Identifier: EUPL-1.2
"""An SPF record as a fact: the whole grammar of RFC 7208, 12."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from ipaddress import AddressValueError, IPv4Address, IPv6Address


class Qualifier(Enum):
    """What a match of a directive means (RFC 7208, 4.6.2)."""

    PASS = "+"  # noqa: S105 - the word of RFC 7208, not a secret
    FAIL = "-"
    SOFTFAIL = "~"
    NEUTRAL = "?"


@dataclass(frozen=True, slots=True)
class Directive:
    """A mechanism with its qualifier; ``value`` is the domain-spec or address as written, without the prefix lengths."""

    qualifier: Qualifier
    mechanism: str
    value: str = ""
    ipv4_prefix: int | None = None
    ipv6_prefix: int | None = None

    def __str__(self) -> str:
        """Write the directive as it stands in a record; "+" is left out, being the default."""
        sign = "" if self.qualifier is Qualifier.PASS else self.qualifier.value
        value = f":{self.value}" if self.value else ""
        ipv4 = "" if self.ipv4_prefix is None else f"/{self.ipv4_prefix}"
        # The second prefix of a and mx has two slashes, the only one of ip6 has one (RFC 7208, 5.6).
        slashes = "/" if self.mechanism == "ip6" else "//"
        ipv6 = "" if self.ipv6_prefix is None else f"{slashes}{self.ipv6_prefix}"
        return f"{sign}{self.mechanism}{value}{ipv4}{ipv6}"


@dataclass(frozen=True, slots=True)
class Modifier:
    """A name and a value: redirect, exp, or one that this version of SPF does not know and so ignores (RFC 7208, 6)."""

    name: str
    value: str

    def __str__(self) -> str:
        """Write the modifier as it stands in a record."""
        return f"{self.name}={self.value}"


Term = Directive | Modifier


@dataclass(frozen=True, slots=True)
class SpfRecord:
    """The terms of a record in their order, and the terms that break the grammar, as written."""

    terms: tuple[Term, ...]
    faults: tuple[str, ...] = ()

    @property
    def directives(self) -> tuple[Directive, ...]:
        """Every directive, in order."""
        return tuple(term for term in self.terms if isinstance(term, Directive))

    @property
    def all(self) -> Directive | None:
        """The first ``all``, which always matches, so nothing after it counts (RFC 7208, 5.1)."""
        return next((term for term in self.directives if term.mechanism == "all"), None)

    @property
    def tested(self) -> tuple[Directive, ...]:
        """The directives that a receiver comes to: those before the first ``all``."""
        directives = self.directives
        return directives if self.all is None else directives[: directives.index(self.all)]

    @property
    def redirect(self) -> str | None:
        """The target of redirect; None when there is none, or an ``all`` puts it out of action (RFC 7208, 6.1)."""
        if self.all is not None:
            return None
        return next((term.value for term in self.terms if isinstance(term, Modifier) and term.name == "redirect"), None)

    @property
    def forbids_all_mail(self) -> bool:
        """Whether the record says exactly one thing: -all."""
        return not self.faults and self.terms == (Directive(Qualifier.FAIL, "all"),)

    def __str__(self) -> str:
        """Write the record; terms that break the grammar are left out."""
        return " ".join(("v=spf1", *map(str, self.terms)))


def is_spf(text: str) -> bool:
    """Whether a TXT record is an SPF record: "v=spf1" in any case, then a space or the end (RFC 7208, 4.5)."""
    return text[:6].lower() == "v=spf1" and text[6:7] in {"", " "}


def has_macro(value: str) -> bool:
    """Whether a domain-spec can only be known with a message at hand (RFC 7208, 7)."""
    return "%" in value


def parse(text: str) -> SpfRecord:
    """Parse a record for which ``is_spf`` holds. A term that breaks the grammar becomes a fault: for a receiver a permerror."""
    terms: list[Term] = []
    faults: list[str] = []
    once: set[str] = set()
    for word in text[6:].split(" "):
        term = _term(word) if word else None
        name = term.name if isinstance(term, Modifier) else ""
        # RFC 7208, 6: redirect and exp may each stand there once.
        if (term is None and word) or name in once:
            faults.append(word)
        elif term is not None:
            terms.append(term)
            once |= {name} & {"redirect", "exp"}
    return SpfRecord(tuple(terms), tuple(faults))


_MODIFIER = re.compile(r"([A-Za-z][A-Za-z0-9\-_.]*)=(.*)")
_DIRECTIVE = re.compile(r"([+\-~?]?)([A-Za-z][A-Za-z0-9]*)(:?)(.*)")
_NON_ASCII = re.compile(r"\\x[89a-f][0-9a-f]")  # how the probe writes a byte above 127


def _term(word: str) -> Term | None:
    """Parse one term, or return None."""
    if _NON_ASCII.search(word) or not word.isprintable() or not word.isascii():
        return None
    if match := _MODIFIER.fullmatch(word):
        return _modifier(match[1].lower(), match[2])
    match = _DIRECTIVE.fullmatch(word)
    if match is None:
        return None
    qualifier, mechanism = Qualifier(match[1] or "+"), match[2].lower()
    return _directive(qualifier, mechanism, has_colon=bool(match[3]), rest=match[4])


def _modifier(name: str, value: str) -> Modifier | None:
    """Parse a modifier; the value of an unknown one must still be a macro-string."""
    pattern = _DOMAIN_SPEC if name in {"redirect", "exp"} else _MACRO_STRING
    return Modifier(name, value) if pattern.fullmatch(value) else None


def _directive(qualifier: Qualifier, mechanism: str, *, has_colon: bool, rest: str) -> Directive | None:
    """Parse what follows the name of a mechanism."""
    match mechanism:
        case "all":
            return None if has_colon or rest else Directive(qualifier, "all")
        case "include" | "exists":
            return Directive(qualifier, mechanism, rest) if has_colon and _DOMAIN_SPEC.fullmatch(rest) else None
        case "ptr":
            return Directive(qualifier, mechanism, rest) if _optional_domain(rest, has_colon=has_colon) else None
        case "a" | "mx":
            return _with_prefixes(qualifier, mechanism, has_colon=has_colon, rest=rest)
        case "ip4" | "ip6":
            return _network(qualifier, mechanism, rest) if has_colon else None
        case _:
            return None


def _optional_domain(rest: str, *, has_colon: bool) -> bool:
    """Whether there is nothing at all, or a colon and a domain-spec."""
    return _DOMAIN_SPEC.fullmatch(rest) is not None if has_colon else not rest


_PREFIXES = re.compile(r"(?P<value>.*?)(?:/(?P<ipv4>0|[1-9][0-9]?))?(?://(?P<ipv6>0|[1-9][0-9]{0,2}))?")


def _with_prefixes(qualifier: Qualifier, mechanism: str, *, has_colon: bool, rest: str) -> Directive | None:
    """Parse a or mx: an optional domain-spec, then an optional prefix length for each family (RFC 7208, 5.6)."""
    match = _PREFIXES.fullmatch(rest)
    if match is None or not _optional_domain(match["value"], has_colon=has_colon):
        return None
    ipv4, ipv6 = _number(match["ipv4"]), _number(match["ipv6"])
    if (ipv4 or 0) > 32 or (ipv6 or 0) > 128:
        return None
    return Directive(qualifier, mechanism, match["value"], ipv4, ipv6)


def _number(digits: str | None) -> int | None:
    """Read digits that may be absent."""
    return None if digits is None else int(digits)


_NETWORK = re.compile(r"([^/]+)(?:/(0|[1-9][0-9]{0,2}))?")


def _network(qualifier: Qualifier, mechanism: str, rest: str) -> Directive | None:
    """Parse ip4 or ip6: an address, and an optional prefix length. Host bits may be set (RFC 7208, 5.6)."""
    match = _NETWORK.fullmatch(rest)
    if match is None or "%" in rest:  # Python would take a scope id
        return None
    address, prefix = match[1], _number(match[2])
    try:
        longest = IPv4Address(address).max_prefixlen if mechanism == "ip4" else IPv6Address(address).max_prefixlen
    except AddressValueError:
        return None
    if prefix is not None and prefix > longest:
        return None
    if mechanism == "ip4":
        return Directive(qualifier, mechanism, address, ipv4_prefix=prefix)
    return Directive(qualifier, mechanism, address, ipv6_prefix=prefix)


# RFC 7208, 7.1. The letters c, r and t are for explanation texts only, which are no part of the record.
_MACRO = r"%\{[slodiphvSLODIPHV][0-9]*[rR]?[.\-+,/_=]*\}|%[%_\-]"
_LITERAL = r"[!-$&-~]"
_TOP_LABEL = r"(?:(?=[0-9]*[A-Za-z])[A-Za-z0-9]+|[A-Za-z0-9]+-[A-Za-z0-9\-]*[A-Za-z0-9])"
_MACRO_STRING = re.compile(rf"(?:{_MACRO}|{_LITERAL})*")
_DOMAIN_SPEC = re.compile(rf"(?:{_MACRO}|{_LITERAL})*(?:\.{_TOP_LABEL}\.?|{_MACRO})")


def spf_texts(candidates: Iterable[str]) -> tuple[str, ...]:
    """Keep of the TXT records at a name those that are SPF records."""
    return tuple(text for text in candidates if is_spf(text))
