# SPDX-License-Identifier: EUPL-1.2
"""How to ask the question of a need again by hand, with the programs that people have: dig, curl, openssl, whois.

What is put in a command comes from outside: names and addresses from the DNS, URLs from redirects. Each is quoted so that a shell takes it
as one word, whatever is in it, and none can be taken for an option.
"""

import shlex
from collections.abc import Callable, Mapping
from ipaddress import IPv6Address, ip_address
from types import MappingProxyType

from meetlat.model.evidence import Need

_SECONDS = 20
_LONGEST = 2_000  # characters of a subject or detail; beyond it nobody asks again by hand
_COMPRESSIONS = "Accept-Encoding: gzip, deflate, br, zstd, compress"
_WHOIS = "riswhois.ripe.net"  # RIPE NCC, RISwhois


def command(need: Need) -> str | None:
    """Return the command that asks a need again by hand, safe to paste in a shell (bash); None when there is none for it."""
    make = _MAKERS.get(need.kind)
    if make is None or max(map(len, need)) > _LONGEST:
        return None
    words = make(need)
    return None if words is None else " ".join(words)


def quoted(text: str) -> str:
    """Quote a word for a shell; what cannot be seen, or could do something to a terminal, becomes an escape that bash understands."""
    if text.isprintable():
        return shlex.quote(text)
    letters = (letter if letter.isprintable() and letter not in "'\\" else _escape(letter) for letter in text)
    return "$'" + "".join(letters) + "'"


def _escape(letter: str) -> str:
    """Write a character as its octets in UTF-8, as ANSI-C quoting has them (bash, 3.1.2.4)."""
    return "".join(f"\\x{octet:02x}" for octet in letter.encode("utf-8", "surrogatepass"))


def _dns(need: Need) -> list[str]:
    """Ask the resolver of the machine, with the signatures; the name stands behind -q, so it is no option and no server."""
    return ["dig", "+dnssec", "-t", quoted(need.detail), "-q", quoted(need.subject or ".")]


def _name_server(need: Need) -> list[str] | None:
    """Ask one name server for the SOA of a zone."""
    address = _address(need.subject)
    return address and ["dig", "+norecurse", "-t", "SOA", "-q", quoted(need.detail or "."), f"@{address[0]}"]


def _http(need: Need) -> list[str] | None:
    """Fetch one URL from one address: one hop, whatever the certificate is, for the page says nothing of that."""
    address = _address(need.detail)
    if address is None or not need.subject.startswith(("http://", "https://")):
        return None
    fetch = ["curl", "-q", "--globoff", "--include", "--insecure", "--max-time", str(_SECONDS), "--connect-to", quoted(f"::{address[1]}:")]
    if need.kind == "http_compressed":
        fetch += ["--header", quoted(_COMPRESSIONS), "--output", "/dev/null", "--dump-header", "-"]
    return [*fetch, quoted(need.subject)]


def _tls(need: Need) -> list[str] | None:
    """Make one TLS session with a web server."""
    return _session(need, 443)


def _smtp(need: Need) -> list[str] | None:
    """Make one session with a mail server, through STARTTLS."""
    return _session(need, 25, "-starttls", "smtp")


def _session(need: Need, port: int, *more: str) -> list[str] | None:
    """Make one session with openssl, which shows the certificates and what was agreed on."""
    address = _address(need.subject)
    if address is None:
        return None
    connect = ["openssl", "s_client", *more, "-connect", quoted(f"{address[1]}:{port}"), "-servername", quoted(need.detail)]
    return [*connect, "-showcerts", "-status", "</dev/null"]


def _routes(need: Need) -> list[str] | None:
    """Ask RIPE NCC by which routes an address is announced today."""
    address = _address(need.subject)
    return address and ["whois", "-h", _WHOIS, address[0]]


def _address(text: str) -> tuple[str, str] | None:
    """Return an address bare, and as it stands before a port; None when the text is no address."""
    try:
        address = ip_address(text)
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.scope_id:
        return None
    return str(address), f"[{address}]" if isinstance(address, IPv6Address) else str(address)


_MAKERS: Mapping[str, Callable[[Need], list[str] | None]] = MappingProxyType(
    {
        "dns": _dns,
        "name_server": _name_server,
        "http": _http,
        "http_compressed": _http,
        "smtp": _smtp,
        "tls": _tls,
        "tls_smtp": _smtp,
        "routes": _routes,
    }
)
