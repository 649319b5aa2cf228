# SPDX-License-Identifier: EUPL-1.2
"""Who supplies what: which supplier of DNS and of mail a domain has, whose network a website is in, and by what suppliers are known."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from lab.plan import WEB, WebListener
from lab.routing import origin_of, origins_in

Suppliers = Mapping[str, Mapping[str, Mapping[str, Any]]]  # by kind (dns, web, mail) and by key


@dataclass(frozen=True, slots=True)
class Domain:
    """One domain of the scenario before it has servers: whose it is, its variants, and its configuration."""

    name: str
    organisation: str
    group: str
    roles: tuple[str, ...]
    variants: tuple[str, ...]
    parent: str
    config: dict[str, Any] = field(hash=False)
    is_drawn: bool = False  # made by chance, so one of the bulk
    is_there: bool = True  # or else it only keeps its place: its number, which picks its suppliers, and its addresses


def _drawn(suppliers: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """List the suppliers that anybody may have."""
    return [key for key, one in suppliers.items() if one.get("drawn", True)]


def dns_supplier(domain: Domain, number: int, suppliers: Suppliers) -> str:
    """Return the supplier of DNS of the domain with this number; empty when it has name servers of its own, as for something special."""
    dns = domain.config["dns"]
    is_plain = all(state == "live" for state in (*dns["ipv4"], *dns["ipv6"])) and set(dns["faults"]) == {"none"}
    if not is_plain or dns["rpki"] != "valid":
        return ""
    drawn = _drawn(suppliers["dns"])
    return drawn[number % len(drawn)]


def mail_supplier(number: int, suppliers: Suppliers) -> str:
    """Return the supplier of mail of the domain with this number, should it have one."""
    drawn = _drawn(suppliers["mail"])
    return drawn[number % len(drawn)]


def has_mail_supplier(domain: Domain) -> bool:
    """Whether a domain receives its mail at a supplier that anybody may have."""
    return "mail" in domain.roles and any(entry.endswith(" supplier") for entry in domain.config["mail"]["mx"])


def web_networks(suppliers: Suppliers) -> dict[str, list[int]]:
    """Give each supplier of websites its networks, by AS number: they have the nets of the segment in turn."""
    keys = list(suppliers["web"])
    return {key: list(origins_in(WEB)[place :: len(keys)]) for place, key in enumerate(keys)}


def web_hosts(listeners: Iterable[WebListener], suppliers: Suppliers) -> dict[str, str]:
    """Say for each website in the segment of websites whose network its IPv4 address is in."""
    owners = {origin: key for key, origins in web_networks(suppliers).items() for origin in origins}
    placed = ((one.host, origin_of(address)) for one in listeners for address in one.addresses if ":" not in address)
    return {host: owners[origin] for host, origin in placed if origin in owners}
