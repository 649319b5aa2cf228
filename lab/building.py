# SPDX-License-Identifier: EUPL-1.2
"""From configured domains to the servers, zones and faults of a plan, with an address for each."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from ipaddress import IPv4Network, IPv6Network
from typing import Any

from lab import tlsa
from lab.plan import (
    BLACKHOLE,
    DNS,
    MAIL,
    ODD,
    ROUTE_STATE_NETS,
    UNREACHABLE,
    WEB,
    BlockedPort,
    Certificate,
    Dane,
    DnsFault,
    Intended,
    MailBehaviour,
    MailServer,
    MailTls,
    NameServer,
    OddTls,
    Page,
    Plan,
    PortFault,
    Record,
    Segment,
    Signing,
    TlsProfile,
    WebListener,
    WebServer,
    Zone,
)
from lab.supply import Domain, Suppliers, dns_supplier, mail_supplier

_PER_NET = 45  # hosts in one /24 and one /48, so that polite clients are not held up by one "operator"
_DKIM = '"v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="'
_FAMILIES = ("ipv4", "ipv6")
_CAA = '0 issue "lab-ca.example"'  # of suppliers; a domain has what the scenario says
_TLSA = ("3 1 1 leaf", "3 1 1 next")  # of every mail server, unless the scenario says otherwise
_PLAIN = {
    "http": "https://{host}/",
    "https": "",
    "ipv6_status": 200,
    "ipv6_text": "",
    "http_server": "nginx",
    "https_server": "nginx",
    "tls": "good",
    "certificate": "good",
    "security_txt": {"path": "/.well-known/security.txt", "type": "text/plain", "text": "good", "location": ""},
}
_GUARDING = {
    "csp": "Content-Security-Policy",
    "csp_report_only": "Content-Security-Policy-Report-Only",
    "content_type_options": "X-Content-Type-Options",
    "frame_options": "X-Frame-Options",
    "referrer_policy": "Referrer-Policy",
}
# Addresses that nobody on the internet can reach: nothing of the lab listens there.
_INWARD = {"loopback": {"ipv4": "127.0.0.1", "ipv6": "::1"}, "private": {"ipv4": "10.20.30.40", "ipv6": "fd00:1a6::25"}}
_WITHOUT_TLS = {"plain-http", "garbage", "closes", "silent"}  # what they do, they do before any handshake


class _Pool:
    """Gives out addresses of a pair of prefixes, each once."""

    def __init__(self, ipv4: IPv4Network, ipv6: IPv6Network, first_net: int = 1, nets: int | None = None) -> None:
        self._ipv4, self._ipv6 = ipv4, ipv6
        self._given = {"ipv4": 0, "ipv6": 0}
        self._first_net, self._nets = first_net, nets

    def take(self, family: str) -> str:
        """Return the next address of a family; spread over /24s and /48s."""
        number = self._given[family]
        self._given[family] += 1
        net, host = self._first_net + number // _PER_NET, number % _PER_NET + 20
        prefix, place = (self._ipv4, net * 256 + host) if family == "ipv4" else (self._ipv6, (net << 80) + host)
        if place >= prefix.num_addresses or (self._nets is not None and number // _PER_NET >= self._nets):
            raise ValueError(f"{prefix} has no room for {number + 1} hosts")
        return str(prefix[place])


def _pool(segment: Segment, first_net: int = 1) -> _Pool:
    """Make the pool of a segment; its last nets are for those whose route is not valid."""
    return _Pool(segment.ipv4, segment.ipv6, first_net, min(ROUTE_STATE_NETS.values()) - first_net)


def _pools() -> dict[str, _Pool]:
    """Make every pool."""
    states = {
        f"{state.value}-{segment.name}": _Pool(segment.ipv4, segment.ipv6, net, 1)
        for state, net in ROUTE_STATE_NETS.items()
        for segment in (WEB, MAIL, ODD)
    }
    states |= {f"{state.value}-dns": _Pool(DNS.ipv4, DNS.ipv6, net, 1) for state, net in ROUTE_STATE_NETS.items()}
    return states | {
        "live-dns": _pool(DNS, 2),
        "live-web": _pool(WEB),
        "live-mail": _pool(MAIL),
        "live-odd": _pool(ODD),
        "blackhole": _Pool(*BLACKHOLE, first_net=0),
        "unreachable": _Pool(*UNREACHABLE, first_net=0),
    }


@dataclass(slots=True)
class Building:
    """What is being built: suppliers, texts, the moment, and everything made so far."""

    suppliers: Suppliers
    texts: Mapping[str, str]
    profiles: Mapping[str, TlsProfile]
    now: datetime
    records: dict[str, list[Record]] = field(default_factory=dict)
    zones: dict[str, tuple[tuple[NameServer, ...], Signing]] = field(default_factory=dict)
    web: list[WebListener] = field(default_factory=list)
    mail: list[MailServer] = field(default_factory=list)
    blocked: list[BlockedPort] = field(default_factory=list)
    name_servers: dict[str, tuple[NameServer, ...]] = field(default_factory=dict)
    supplier_mx: dict[str, str] = field(default_factory=dict)
    pools: dict[str, _Pool] = field(default_factory=_pools)

    def address(self, family: str, state: str, segment: str, route: str = "valid") -> str | None:
        """Give an address that is live in a segment (behind a route that is valid or not), leads nowhere, or is none."""
        if state == "none":
            return None
        if state in _INWARD:
            return _INWARD[state][family]
        live = f"{'live' if route == 'valid' else route}-{segment}"
        return self.pools[live if state == "live" else state].take(family)

    def add(self, zone: str, name: str, kind: str, data: str) -> None:
        """Add a record to a zone."""
        self.records[zone].append(Record(name, kind, data))


def build(domains: Sequence[Domain], building: Building, intended: tuple[Intended, ...]) -> Plan:
    """Make every supplier and domain, and return the plan."""
    _suppliers(building)
    for number, domain in enumerate(domains):
        if domain.config["dns"]["exists"]:
            _domain(domain, number, building if domain.is_there else _aside(domain, building))
    zones = tuple(Zone(name, servers, tuple(building.records[name]), signing) for name, (servers, signing) in building.zones.items())
    _refuse_overlap(building)
    return Plan(zones, tuple(building.web), tuple(building.mail), tuple(building.blocked), intended)


def _aside(domain: Domain, building: Building) -> Building:
    """Return where a domain that is not there can be made to no effect, but that its addresses are given to nobody else."""
    return replace(building, records={domain.parent or domain.name: []}, zones={}, web=[], mail=[], blocked=[])


def _refuse_overlap(building: Building) -> None:
    """Make sure that no address was given twice: one server would shadow another without a word."""
    names = [(address, host) for server in building.mail for address in server.addresses for host in [server.host]]
    names += [(address, listener.host) for listener in building.web for address in listener.addresses]
    owner: dict[str, str] = {}
    for address, host in names:
        if owner.setdefault(address, host) != host:
            raise ValueError(f"{address} was given to {owner[address]} and to {host}")


def _suppliers(building: Building) -> None:
    """Make the suppliers of DNS with their name servers, and those of mail with their mail servers."""
    for key, supplier in building.suppliers["dns"].items():
        zone = supplier["domain"]
        route = supplier.get("rpki", "valid")
        addresses = [[building.address(family, supplier.get(family, "live"), "dns", route) for family in _FAMILIES] for _ in (1, 2)]
        servers = tuple(NameServer(f"ns{number}.{zone}", tuple(filter(None, each))) for number, each in enumerate(addresses, 1))
        building.name_servers[key] = servers
        building.zones[zone] = (servers, Signing.SIGNED)
        building.records[zone] = []
        building.add(zone, zone, "CAA", _CAA)
    first = next(iter(building.name_servers.values()))
    for supplier in building.suppliers["mail"].values():
        zone = supplier["domain"]
        servers = building.name_servers[supplier["dns"]] if "dns" in supplier else first
        building.zones[zone] = (servers, Signing(supplier.get("signing", "signed")))
        building.records[zone] = []
        building.add(zone, zone, "CAA", _CAA)
        building.add(zone, f"spf.{zone}", "TXT", '"v=spf1 ip4:198.18.128.0/18 -all"')
        # Consent to receive the DMARC reports of everybody (RFC 9990, 4): one supplier gives it, the others do not.
        if zone == "koerier-lab.nl":
            building.add(zone, f"*._report._dmarc.{zone}", "TXT", '"v=DMARC1"')
        for number in (1, 2):
            _mail_host(f"mx{number}.{zone}", zone, supplier.get("hosts", {}), building)


def _domain(domain: Domain, number: int, building: Building) -> None:
    """Make everything of one domain."""
    zone = domain.parent or domain.name
    if not domain.parent:
        building.records[zone] = []
        building.zones[zone] = (_servers_of(domain, number, building), Signing(domain.config["dns"]["signing"]))
        for text in domain.config["dns"]["caa"]:
            building.add(zone, zone, "CAA", text)
    if "web" in domain.roles and domain.config["web"]["exists"]:
        _website(domain, domain.name, zone, building)
        for extra in domain.config["web"]["extra_hosts"]:
            _website(domain, f"{extra}.{domain.name}", zone, building, is_plain=True)
    if "mail" in domain.roles:
        _mail(domain, number, zone, building)


def _servers_of(domain: Domain, number: int, building: Building) -> tuple[NameServer, ...]:
    """Return the supplier's name servers, or own ones when something about them is special."""
    if supplier := dns_supplier(domain, number, building.suppliers):
        return building.name_servers[supplier]
    dns = domain.config["dns"]
    servers = []
    for index, fault in enumerate(dns["faults"]):
        states = (("ipv4", dns["ipv4"][index]), ("ipv6", dns["ipv6"][index]))
        addresses = tuple(found for family, state in states if (found := building.address(family, state, "dns", dns["rpki"])))
        servers.append(NameServer(f"ns{index + 1}.{domain.name}", addresses, DnsFault(fault)))
    return tuple(servers)


def _website(domain: Domain, host: str, zone: str, building: Building, *, is_plain: bool = False) -> None:
    """Make the web servers of one host. A plain host has nothing but a good page and security.txt."""
    web = domain.config["web"]
    is_odd = not is_plain and (web["http_server"], web["https_server"]) != ("nginx", "nginx")
    addresses = {family: building.address(family, web[family], "odd" if is_odd else "web", web["rpki"]) for family in _FAMILIES}
    for family, address in addresses.items():
        if address:
            building.add(zone, host, "A" if family == "ipv4" else "AAAA", address)
    live = tuple(address for family, address in addresses.items() if address and web[family] == "live")
    if is_plain:
        web = {**web, **_PLAIN}
    http_pages = _redirecting(web["http"], host) if web["http"] else (_front_page(domain.organisation, 200, ""),)
    if live:
        building.web.append(WebListener(host, live, 80, None, http_pages, WebServer(web["http_server"])))
    certificate = None if web["https_server"] in _WITHOUT_TLS else Certificate(web["certificate"])
    odd = WebServer(web["https_server"])
    differs = web["ipv6_status"] != 200 or web["ipv6_text"]
    groups = [(address,) for address in live] if differs else [live] if live else []
    for group in groups:
        over_ipv6 = bool(differs) and ":" in group[0]
        pages = _https_pages(host, web, _front(domain, web, over_ipv6=over_ipv6), building)
        building.web.append(
            WebListener(
                host, group, 443, certificate, pages, odd, OddTls(web["odd_tls"]), web["compression"], building.profiles[web["tls"]]
            )
        )
    if not is_plain:
        building.blocked += _blocked(web["blocked"], live)
        for words in web["tlsa"]:
            data = tlsa.data_of(words, host, certificate or Certificate.GOOD, is_live=bool(live) and certificate is not None)
            building.add(zone, f"_443._tcp.{host}", "TLSA", data)


def _redirecting(location: str, host: str) -> tuple[Page, ...]:
    """Make the pages of a site that sends everybody elsewhere."""
    return (Page("*", 301, (("Location", location.format(host=host)),)),)


def _front_page(organisation: str, status: int, text: str) -> Page:
    """Make the front page."""
    words = text or f"Welkom bij {organisation}. Hier vindt u nieuws, producten en diensten, en hoe u contact met ons opneemt."
    head = f'<!doctype html><html lang="nl"><head><title>{organisation}</title></head>'
    body = f"{head}<body><h1>{organisation}</h1><p>{words}</p></body></html>"
    return Page("/", status, (("Content-Type", "text/html; charset=utf-8"),), body)


def _front(domain: Domain, web: Mapping[str, Any], *, over_ipv6: bool) -> Page:
    """Make the front page as it is over one family of addresses."""
    status, text = (web["ipv6_status"], web["ipv6_text"]) if over_ipv6 else (200, "")
    return _front_page(domain.organisation, status, text)


def _https_pages(host: str, web: Mapping[str, Any], front: Page, building: Building) -> tuple[Page, ...]:
    """Make the pages over HTTPS: the front page (or where it leads) with its security headers, security.txt, and HSTS on all of them."""
    hsts = tuple(("Strict-Transport-Security", value) for value in web["hsts"])
    if web["https"]:
        front = Page("/", 302, (("Location", web["https"].format(host=host)),))
    guarding = tuple((name, value) for key, name in _GUARDING.items() for value in web[key])
    pages = [replace(front, headers=(*front.headers, *guarding))]
    told = web["security_txt"]
    if told["location"]:
        pages.append(Page(told["path"], 302, (("Location", told["location"].format(host=host)),)))
    elif told["path"]:
        pages.append(Page(told["path"], 200, (("Content-Type", told["type"]),), _text(told["text"], host, building)))
    return tuple(replace(page, headers=(*hsts, *page.headers)) for page in pages)


def _text(name: str, host: str, building: Building) -> str:
    """Fill in a security.txt."""
    moments = {"in_half_a_year": 180, "yesterday": -1, "in_two_years": 730}
    filled = {key: (building.now + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ") for key, days in moments.items()}
    return building.texts[name].format(host=host, **filled)


def _blocked(words: Iterable[str], addresses: Iterable[str]) -> list[BlockedPort]:
    """Read "443 refuse" and apply it to every address."""
    addresses = tuple(addresses)
    pairs = [word.split() for word in words]
    return [BlockedPort(address, int(port), PortFault(fault)) for port, fault in pairs for address in addresses]


def _mail(domain: Domain, number: int, zone: str, building: Building) -> None:
    """Make the mail side of a domain: its MX, hosts, SPF, DKIM and DMARC."""
    mail = domain.config["mail"]
    supplier = building.suppliers["mail"][mail_supplier(number, building.suppliers)]["domain"]
    named = {"domain": domain.name, "supplier": supplier}
    for entry in mail["mx"]:
        preference, _, host = entry.partition(" ")
        for step, name in enumerate(_mx_hosts(host.format(**named), supplier, building)):
            building.add(zone, domain.name, "MX", f"{int(preference) + 10 * step} {name}")
    for host, settings in mail["hosts"].items():
        _mail_host(host.format(**named), zone, settings, building)
    for text in mail["spf"]:
        building.add(zone, domain.name, "TXT", _quoted(text.format(**named)))
    for text in mail["dmarc"]:
        building.add(zone, f"_dmarc.{domain.name}", "TXT", _quoted(text.format(**named)))
    if mail["dkim"]:
        building.add(zone, f"lab._domainkey.{domain.name}", "TXT", _DKIM)
    for name, kind, data in mail["extra"]:
        building.add(zone, name.format(**named), kind, data.format(**named))


def _mx_hosts(host: str, supplier: str, building: Building) -> list[str]:
    """Return the host names behind an MX entry: both of a supplier's, or the one that is named."""
    if host == "supplier":
        return [f"mx{number}.{supplier}." for number in (1, 2)]
    if host.startswith("supplier:"):
        return [f"mx1.{building.suppliers['mail'][host.partition(':')[2]]['domain']}."]
    return [host if host == "." else f"{host}."]


def _mail_host(host: str, zone: str, settings: Mapping[str, Any], building: Building) -> None:
    """Make one mail server with its addresses."""
    states = {family: settings.get(family, "live") for family in _FAMILIES}
    addresses = {family: building.address(family, state, "mail", settings.get("rpki", "valid")) for family, state in states.items()}
    for family, address in addresses.items():
        if address:
            building.add(zone, host, "A" if family == "ipv4" else "AAAA", address)
    live = tuple(address for family, address in addresses.items() if address and states[family] == "live")
    certificate = Certificate(settings.get("certificate", "good"))
    for words in settings.get("tlsa", _TLSA):
        building.add(zone, f"_25._tcp.{host}", "TLSA", tlsa.data_of(words, host, certificate, is_live=bool(live)))
    if live:
        behaviour, dane = MailBehaviour(settings.get("behaviour", "good")), Dane(settings.get("dane", "match"))
        for group, tls in _by_tls(live, settings):
            building.mail.append(MailServer(host, group, behaviour, certificate, tls, dane))
    building.blocked += _blocked(settings.get("blocked", ()), live)


def _by_tls(addresses: tuple[str, ...], settings: Mapping[str, Any]) -> list[tuple[tuple[str, ...], MailTls]]:
    """Part the addresses of a mail server by what they accept after STARTTLS, when the IPv6 ones are to differ."""
    tls = MailTls(settings.get("tls", "good"))
    if "tls_ipv6" not in settings:
        return [(addresses, tls)]
    return [((address,), MailTls(settings["tls_ipv6"]) if ":" in address else tls) for address in addresses]


def _quoted(text: str) -> str:
    """Write TXT data: strings of at most 255 characters, quoted."""
    pieces = [text[start : start + 250] for start in range(0, len(text), 250)] or [""]
    return " ".join('"' + piece.replace("\\", "\\\\").replace('"', '\\"') + '"' for piece in pieces)
