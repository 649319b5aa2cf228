# SPDX-License-Identifier: EUPL-1.2
"""A domain name, parsed once at the edge."""

from dataclasses import dataclass
from urllib.parse import urlsplit

import idna

_MAX_LABELS = 127


class DomainError(ValueError):
    """The text is not a domain name; the message says why, in words for the person who typed it."""


@dataclass(frozen=True, slots=True, order=True)
class Domain:
    """A domain name in A-labels, lower case, without a final dot."""

    name: str

    @classmethod
    def parse(cls, text: str) -> "Domain":
        """Read a domain name as people write it: capitals, a final dot, IDN, a scheme and path, spaces around it.

        Raises DomainError when it is no host name (IP addresses and single labels are refused too). Source: RFC 1123, 2.1; RFC 5891, 4.
        """
        host = _host(text)
        if not host:
            raise DomainError("there is no name here")
        try:
            name = idna.encode(host, uts46=True).decode("ascii").lower()
        except idna.IDNAError as error:
            raise DomainError(f"{host[:80]!r} is not a domain name ({error})") from error
        labels = name.split(".")
        if len(labels) < 2 or labels[-1].isdigit() or len(labels) > _MAX_LABELS:
            raise DomainError(f"{host[:80]!r} is not a domain name")
        return cls(name)

    def parent(self) -> "Domain | None":
        """Return the name without its first label, or None at a top-level domain."""
        _, _, rest = self.name.partition(".")
        return Domain(rest) if rest else None

    @property
    def shown(self) -> str:
        """The name in U-labels, for people."""
        if "xn--" not in self.name:
            return self.name
        try:
            return idna.decode(self.name)
        except idna.IDNAError:
            return self.name

    def __str__(self) -> str:
        """Return the name in A-labels."""
        return self.name


def _host(text: str) -> str:
    """Cut the host name out of what may be a whole address."""
    text = text.strip().strip("\ufeff\u200b")
    if "://" in text:
        try:
            text = urlsplit(text).hostname or ""
        except ValueError as error:
            raise DomainError(f"{text[:80]!r} is not an address ({error})") from error
    text = text.split("/", 1)[0].split(":", 1)[0]
    return text.rstrip(".").strip()
