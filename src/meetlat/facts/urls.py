# SPDX-License-Identifier: EUPL-1.2
"""Web addresses (URLs), read and resolved as a browser would, without asking anybody."""

import re
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import SplitResult, quote, urljoin, urlsplit

import idna

# Longer than any address that a server should send; what is longer is not read (RFC 9110, 4.1 asks for 8000 at least).
_MAX_CHARACTERS = 8192
_PORTS = {"http": 80, "https": 443}
_SAFE = "/%:@!$&'()*+,;=-._~"  # RFC 3986, 3.3; % because what is encoded stays so
_PLAIN_HOST = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*")


@dataclass(frozen=True, slots=True)
class Url:
    """An http or https address. The host is in A-labels and lower case, or an IP address; the fragment is left out."""

    scheme: str
    host: str
    port: int
    target: str

    @property
    def is_secure(self) -> bool:
        """Whether it is asked for over TLS."""
        return self.scheme == "https"

    @property
    def names_a_domain(self) -> bool:
        """Whether the host is a name that can be asked for in the DNS: no IP address, and more than one label."""
        return "." in self.host and not _is_ip(self.host)

    def __str__(self) -> str:
        """Return the address, with its port only when that is not the usual one."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == _PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}{self.target}"


def parse(text: str) -> Url | None:
    """Read a complete http or https address, or return None."""
    return resolve("", text)


def resolve(base: str, reference: str) -> Url | None:
    """Resolve a reference against the address where it was found, or return None when it leads to no http or https address.

    Source: RFC 3986, 5. User and password are dropped, the host is compared in A-labels (RFC 5891), a final dot is cut.
    """
    if len(reference) > _MAX_CHARACTERS:
        return None
    try:
        # RFC 9110, 10.2.2: spaces around a field value are no part of it.
        return _url(urlsplit(urljoin(base, reference.strip(" \t"))))
    except ValueError:  # urllib and idna say so of any host or port that they cannot read
        return None


def _url(parts: SplitResult) -> Url | None:
    """Put the parts in a fixed form. Raises ValueError when a part cannot be read."""
    scheme = parts.scheme.lower()
    host = _host(parts.hostname or "")
    port = parts.port
    if scheme not in _PORTS or not host or port == 0:
        return None
    query = f"?{quote(parts.query, safe=_SAFE + '?')}" if parts.query else ""
    path = quote(parts.path, safe=_SAFE)
    return Url(scheme, host, port or _PORTS[scheme], (path if path.startswith("/") else f"/{path}") + query)


def _host(text: str) -> str:
    """Return the host in lower case and A-labels, or an empty text. Raises ValueError when it is no host."""
    text = text.lower().removesuffix(".")
    if _is_ip(text):
        return str(ip_address(text))
    if text.isascii():
        # Names with an underscore are no host names, yet they are in use and browsers follow them; IDNA would refuse them.
        return text if _PLAIN_HOST.fullmatch(text) else ""
    return idna.encode(text, uts46=True).decode("ascii").lower().removesuffix(".")


def _is_ip(host: str) -> bool:
    """Whether the host is an IP address."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
