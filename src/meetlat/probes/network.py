# SPDX-License-Identifier: EUPL-1.2
"""The network that is measured from: the internet, or a miniature one with its own root, trust anchor and addresses."""

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from pathlib import Path

Address = IPv4Address | IPv6Address
Prefix = IPv4Network | IPv6Network


class NetworkError(ValueError):
    """The network file cannot be used; the message says why."""


@dataclass(frozen=True, slots=True)
class Network:
    """What differs between the internet and a laboratory. ``allowed_prefixes`` are let through the address guard.

    ``vrps`` is the file of a validator of the RPKI; ``routes`` are files of routes, or one RISwhois server (HOST:PORT).
    """

    name: str = "internet"
    root_hints: Path | None = None
    trust_anchor: Path | None = None
    ca_bundle: Path | None = None
    allowed_prefixes: tuple[Prefix, ...] = ()
    local_zones_nodefault: tuple[str, ...] = ()
    vrps: Path | None = None
    routes: tuple[str, ...] = ()

    def allows(self, address: Address) -> bool:
        """Whether we may connect to this address: public, or let through on purpose. IPv4 in disguise is never let through."""
        if isinstance(address, IPv6Address) and (address.ipv4_mapped or address.sixtofour or address.teredo):
            return False
        return _is_public(address) or self.is_own(address)

    def is_own(self, address: Address) -> bool:
        """Whether the address lies in a prefix that was let through on purpose."""
        return any(address in prefix for prefix in self.allowed_prefixes if prefix.version == address.version)


# IANA gives out unicast IPv6 from here only; outside it lie NAT64 (IPv4 in disguise), site-local and all that is reserved.
_UNICAST = IPv6Network("2000::/3")
# What ipaddress of Python 3.11 still calls global: IETF protocol assignments (RFC 6890) and documentation (RFC 9637).
_NOT_PUBLIC: tuple[Prefix, ...] = (IPv4Network("192.0.0.0/24"), IPv6Network("3fff::/20"))


def _is_public(address: Address) -> bool:
    """Whether the address belongs to the public internet. Source: the IANA registries of special-purpose addresses."""
    if (
        not address.is_global
        or address.is_multicast
        or any(address in prefix for prefix in _NOT_PUBLIC if prefix.version == address.version)
    ):
        return False
    return address.version == 4 or address in _UNICAST


def read_network(path: Path) -> Network:
    """Read a network file (TOML). Raises NetworkError with one sentence."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        return Network(
            name=str(data["name"]),
            root_hints=_path(data, "root_hints"),
            trust_anchor=_path(data, "trust_anchor"),
            ca_bundle=_path(data, "ca_bundle"),
            allowed_prefixes=tuple(ip_network(prefix) for prefix in data.get("allowed_prefixes", ())),
            local_zones_nodefault=tuple(data.get("local_zones_nodefault", ())),
            vrps=_path(data, "vrps"),
            routes=_texts(data, "routes"),
        )
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, KeyError, ValueError) as error:
        raise NetworkError(f"the network file {path} cannot be used: {error}") from error


def _path(data: dict[str, object], key: str) -> Path | None:
    """Return a path that must exist, or None when the key is absent."""
    if key not in data:
        return None
    path = Path(str(data[key]))
    if not path.exists():
        raise ValueError(f"{key}: {path} does not exist")
    return path


def _texts(data: dict[str, object], key: str) -> tuple[str, ...]:
    """Return one text or several."""
    value = data.get(key, ())
    return (value,) if isinstance(value, str) else tuple(str(one) for one in value) if isinstance(value, list) else ()


@lru_cache(maxsize=65_536)
def prefix_of(address: str) -> str:
    """Return the prefix that stands for one operator: the /24 of an IPv4 address, the /48 of an IPv6 address."""
    parsed = ip_address(address)
    length = 24 if parsed.version == 4 else 48
    return str(ip_network((parsed, length), strict=False))
