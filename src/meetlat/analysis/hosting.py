# SPDX-License-Identifier: EUPL-1.2
"""Who hosts the web, the mail and the DNS of each domain, by what was observed; nothing is asked of the network."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache, lru_cache
from pathlib import Path

from publicsuffixlist import PublicSuffixList

from meetlat.facts.dns import answer_for
from meetlat.facts.hosts import addresses
from meetlat.facts.mail import MxState, mx_records
from meetlat.facts.name_servers import zone_of
from meetlat.facts.routes import routing, routing_need
from meetlat.model.domain import Domain
from meetlat.model.evidence import Evidence, Need
from meetlat.model.target import Listing, Role
from meetlat.store.evidence import read_observations
from meetlat.store.folder import read_listings

_KINDS = frozenset({"dns", "routes"})  # what tells who hosts what; the rest of the evidence is large, and not read
_NO_NAMES: Mapping[str, str] = {}


class Layer(Enum):
    """What is hosted."""

    WEB = "web"
    MAIL = "mail"
    DNS = "dns"


class SupplyKind(Enum):
    """What domains can share: a supplier, a network, a prefix, or one host (an address, an MX host, the name servers together)."""

    SUPPLIER = "supplier"
    NETWORK = "network"
    PREFIX = "prefix"
    HOST = "host"

    @property
    def is_supplier(self) -> bool:
        """Whether somebody stands behind it who can be called."""
        return self in {SupplyKind.SUPPLIER, SupplyKind.NETWORK}


class LayerState(Enum):
    """What is known of who hosts something. NONE: there is nothing to host; NOT_LOOKED_AT: the domain is not listed for it."""

    KNOWN = "known"
    NONE = "none"
    UNKNOWN = "unknown"
    NOT_LOOKED_AT = "not_looked_at"


@dataclass(frozen=True, slots=True)
class Supply:
    """Something that domains share in a layer.

    The name is a registrable domain, AS number, prefix, address or host name as observed; or the name that the user gave to it.
    """

    layer: Layer
    kind: SupplyKind
    name: str

    @property
    def key(self) -> tuple[str, str, str]:
        """What it is sorted by."""
        return self.layer.value, self.kind.value, self.name


@dataclass(frozen=True, slots=True)
class Use:
    """A domain uses something; ``is_own`` when that lies in a domain of the organisation itself ("eigen beheer")."""

    supply: Supply
    is_own: bool


@dataclass(frozen=True, slots=True)
class Hosting:
    """Who hosts one domain, and what that was read from."""

    domain: str
    organisation: str
    group: str
    roles: tuple[Role, ...]
    states: Mapping[Layer, LayerState]
    uses: tuple[Use, ...]
    addresses: tuple[str, ...]
    alias: str
    mx_hosts: tuple[str, ...]
    zone: str
    name_servers: tuple[str, ...]

    def names(self, layer: Layer, kind: SupplyKind = SupplyKind.SUPPLIER) -> tuple[str, ...]:
        """Return the names of what it uses of one kind in one layer."""
        return tuple(use.supply.name for use in self.uses if use.supply.layer is layer and use.supply.kind is kind)

    def is_own(self, layer: Layer) -> bool:
        """Whether every supplier that is known in a layer is the organisation itself."""
        each = [use.is_own for use in self.uses if use.supply.layer is layer and use.supply.kind is SupplyKind.SUPPLIER]
        return bool(each) and all(each)


Supplies = frozenset[Supply]
_NOTHING: Supplies = frozenset()


@dataclass(frozen=True, slots=True)
class Traced:
    """The hosting of a domain, with what leads from a question to the supplies that it was about."""

    hosting: Hosting
    web: Supplies
    zone: Supplies
    hosts: Mapping[str, Supplies]
    addresses: Mapping[str, Supplies]

    def touched(self, role: Role, needs: Iterable[Need]) -> Supplies:
        """Return what a finding in a role rests on, by its questions.

        Questions about a host or an address lead to who hosts that. A finding that rests on records in the domain's own zone alone leads
        to who serves the zone; and for the TXT records of mail also to the mail supplier, for such records are written as that one says.
        """
        layers = {Layer.DNS, Layer.WEB if role is Role.WEB else Layer.MAIL}
        direct: set[Supply] = set()
        by_zone: set[Supply] = set()
        for need in needs:
            if need.kind == "dns":
                name = _without_underscores(need.subject)
                direct |= self._of_name(name, need.detail, role)
                if name == self.hosting.domain or self._in_zone(name):
                    by_zone |= self.zone
                    by_zone |= self._mail_suppliers() if need.detail == "TXT" and role is Role.MAIL else _NOTHING
            else:
                for word in (need.subject, need.detail):
                    direct |= self.addresses.get(word, self.hosts.get(word, _NOTHING))
        direct = {supply for supply in direct if supply.layer in layers}
        return frozenset(direct or {supply for supply in by_zone if supply.layer in layers})

    def _of_name(self, name: str, record_type: str, role: Role) -> Supplies:
        """Return what a question about a name is about, when it is about a host."""
        if name == self.hosting.domain and role is Role.WEB:
            return self.web if record_type in {"A", "AAAA"} else _NOTHING
        return self.hosts.get(name, _NOTHING)

    def _in_zone(self, name: str) -> bool:
        """Whether a name is the zone of the domain, or lies in it."""
        zone = self.hosting.zone
        return bool(zone) and (name == zone or name.endswith(f".{zone}"))

    def _mail_suppliers(self) -> Supplies:
        """Return the mail suppliers."""
        uses = self.hosting.uses
        return frozenset(use.supply for use in uses if use.supply.layer is Layer.MAIL and use.supply.kind is SupplyKind.SUPPLIER)


def hosting(folder: Path, names: Mapping[str, str] = _NO_NAMES) -> Iterator[Hosting]:
    """Yield who hosts each domain of a measurement, shard by shard. Raises MeasurementError.

    ``names`` maps registrable domains and AS numbers ("AS64500") to the name of who is behind them; without it they are shown as they are.
    """
    return (traced.hosting for traced in traced_hosting(folder, names))


def traced_hosting(
    folder: Path,
    names: Mapping[str, str] = _NO_NAMES,
    subjects: Collection[str] = (),
    see: Callable[[Evidence], object] | None = None,
) -> Iterator[Traced]:
    """Yield the hosting of each domain with its traces; the evidence of one shard at a time is in memory.

    Who has another use for the evidence gives the ``subjects`` to read as well, and is shown each shard.
    """
    shards = read_listings(folder)
    own = _own_domains(listing for shard in shards for listing in shard)
    for number, shard in enumerate(shards):
        seen = Evidence(read_observations(folder, number, _KINDS, subjects))
        if see is not None:
            see(seen)
        for listing in shard:
            yield _Reading(listing, own[listing.organisation], names, seen).traced()


@lru_cache(maxsize=100_000)
def registrable(name: str) -> str:
    """Return the registrable domain of a host name: one label below the suffix of a registry.

    Only the suffixes of registries count: below the other ones stand customers of a supplier, and it is the supplier that is looked for.
    """
    return _suffixes().privatesuffix(name) or name


@cache
def _suffixes() -> PublicSuffixList:
    """The list as the package brings it; reading it takes a noticeable time."""
    return PublicSuffixList(only_icann=True)


def _own_domains(listings: Iterable[Listing]) -> Mapping[str, set[str]]:
    """Map each organisation to the registrable domains of the domains that are listed as its own."""
    own: dict[str, set[str]] = {}
    for listing in listings:
        own.setdefault(listing.organisation, set()).add(registrable(listing.domain.name))
    return own


def _without_underscores(name: str) -> str:
    """Return the name that labels like _25._tcp and _dmarc are about."""
    while name.startswith("_") and "." in name:
        name = name.partition(".")[2]
    return name


class _Reading:
    """Reads who hosts one domain in the evidence of its shard."""

    def __init__(self, listing: Listing, own: Collection[str], names: Mapping[str, str], seen: Evidence) -> None:
        self._listing = listing
        self._own = own
        self._names = names
        self._seen = seen
        self._uses: dict[Supply, bool] = {}
        self._hosts: dict[str, set[Supply]] = {}
        self._addresses: dict[str, set[Supply]] = {}

    def traced(self) -> Traced:
        """Read everything."""
        domain = self._listing.domain
        mx, zone = mx_records(domain, self._seen), zone_of(domain, self._seen)
        alias, web_state, web = self._read_web()
        self._read_mail(mx.hosts)
        by_zone = self._read_dns(zone.servers)
        self._read_behind_mail(mx.hosts)
        mail_state = {MxState.HOSTS: LayerState.KNOWN, MxState.UNKNOWN: LayerState.UNKNOWN}.get(mx.state, LayerState.NONE)
        states = {
            Layer.WEB: web_state,
            Layer.MAIL: mail_state,
            Layer.DNS: LayerState.KNOWN if zone.servers else LayerState.NONE if zone.is_known else LayerState.UNKNOWN,
        }
        for layer, role in ((Layer.WEB, Role.WEB), (Layer.MAIL, Role.MAIL)):
            if states[layer] is LayerState.UNKNOWN and role not in self._listing.roles:
                states[layer] = LayerState.NOT_LOOKED_AT
        uses = tuple(Use(supply, self._uses[supply]) for supply in sorted(self._uses, key=lambda supply: supply.key))
        found = Hosting(
            domain.name,
            self._listing.organisation,
            self._listing.group,
            self._listing.roles,
            states,
            uses,
            addresses(domain.name, self._seen).all,
            alias,
            mx.hosts,
            zone.name,
            zone.servers,
        )
        return Traced(found, frozenset(web), frozenset(by_zone), _frozen(self._hosts), _frozen(self._addresses))

    def _read_web(self) -> tuple[str, LayerState, set[Supply]]:
        """Read who hosts the website: the name that an alias leads to, each address, and the network that it is in."""
        domain = self._listing.domain
        known = addresses(domain.name, self._seen)
        alias = self._alias(domain, known.all)
        common = {self._supplier(Layer.WEB, alias)} if alias else set()
        web = set(common)
        for address in known.all:
            own = common | {self._used(Layer.WEB, SupplyKind.HOST, address)} | self._networks(Layer.WEB, address)
            self._addresses.setdefault(address, set()).update(own)
            web |= own
        state = LayerState.KNOWN if known.all else LayerState.NONE if known.is_known else LayerState.UNKNOWN
        return alias, state, web

    def _alias(self, domain: Domain, here: Collection[str]) -> str:
        """Return the first name outside the organisation that an alias of the website leads to, or else the first; empty without alias.

        The alias of www counts when it leads to an address that the domain itself has too, for then they are one website.
        """
        targets = self._aliases(domain.name)
        if not targets and set(addresses(f"www.{domain.name}", self._seen).all) & set(here):
            targets = self._aliases(f"www.{domain.name}")
        return next((target for target in targets if not self._is_own(registrable(target))), targets[0] if targets else "")

    def _aliases(self, name: str) -> list[str]:
        """Follow the aliases in the answers about the addresses of a name."""
        answers = [answer for kind in ("A", "AAAA") if (answer := answer_for(name, kind, self._seen)) is not None]
        leads = {record.owner: record.data.rstrip(".").lower() for answer in answers for record in answer.records if record.type == "CNAME"}
        targets: list[str] = []
        while (name := leads.pop(name, "")) != "":
            targets.append(name)
        return targets

    def _read_mail(self, hosts: Iterable[str]) -> None:
        """Read who receives the mail: each MX host, whose domain that is in, and its addresses."""
        for host in hosts:
            supplier = self._supplier(Layer.MAIL, host)
            self._lead(Layer.MAIL, host, {supplier, self._used(Layer.MAIL, SupplyKind.HOST, host, is_own=self._uses[supplier])})

    def _read_behind_mail(self, hosts: Iterable[str]) -> None:
        """Let the name servers of the zones of MX hosts lead to the mail supplier, where they are not those of the domain itself."""
        for host in hosts:
            supplier = self._supplier(Layer.MAIL, host)
            for server in zone_of(Domain(host), self._seen).servers:
                for place in (server, *addresses(server, self._seen).all):
                    known = self._hosts if place == server else self._addresses
                    if not any(supply.layer is Layer.DNS for supply in known.get(place, ())):
                        known.setdefault(place, set()).add(supplier)

    def _read_dns(self, servers: tuple[str, ...]) -> set[Supply]:
        """Read who serves the zone: the domains that the name servers are in, and the servers together."""
        suppliers = {server: self._supplier(Layer.DNS, server) for server in servers}
        together = set[Supply]()
        if servers:
            is_own = all(self._uses[supplier] for supplier in suppliers.values())
            together = {self._used(Layer.DNS, SupplyKind.HOST, " ".join(servers), is_own=is_own)}
        for server, supplier in suppliers.items():
            self._lead(Layer.DNS, server, together | {supplier})
        return together | set(suppliers.values())

    def _lead(self, layer: Layer, host: str, supplies: set[Supply]) -> None:
        """Note what a host and its addresses lead to."""
        self._hosts.setdefault(host, set()).update(supplies)
        for address in addresses(host, self._seen).all:
            self._addresses.setdefault(address, set()).update(supplies | self._networks(layer, address))

    def _networks(self, layer: Layer, address: str) -> set[Supply]:
        """Return the prefix that an address is announced in, and by whom."""
        told = routing(routing_need(address), self._seen)
        found: set[Supply] = set()
        for route, _ in told.routes if told is not None else ():
            if told is not None and told.is_exact:
                found.add(self._used(layer, SupplyKind.PREFIX, str(route.prefix)))
            if route.origin is not None:
                found.add(self._used(layer, SupplyKind.NETWORK, self._named(f"AS{route.origin}")))
        return found

    def _supplier(self, layer: Layer, host: str) -> Supply:
        """Return the supplier that a host name belongs to."""
        identifier = registrable(host)
        return self._used(layer, SupplyKind.SUPPLIER, self._named(identifier), is_own=self._is_own(identifier))

    def _is_own(self, identifier: str) -> bool:
        """Whether a registrable domain is the organisation's own."""
        return identifier in self._own

    def _named(self, identifier: str) -> str:
        """Return the name that the user gave, or else the identifier."""
        return self._names.get(identifier, identifier)

    def _used(self, layer: Layer, kind: SupplyKind, name: str, *, is_own: bool = False) -> Supply:
        """Note that the domain uses something; what is used in two ways is the organisation's own only when it is so in both."""
        supply = Supply(layer, kind, name)
        self._uses[supply] = is_own and self._uses.get(supply, True)
        return supply


def _frozen(found: Mapping[str, set[Supply]]) -> Mapping[str, Supplies]:
    """Return the same with sets that do not change."""
    return {name: frozenset(supplies) for name, supplies in found.items()}
