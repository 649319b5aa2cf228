# SPDX-License-Identifier: EUPL-1.2
"""The expanded scenario: every server, zone and fault that the lab must make real, and the intended verdicts.

``lab.scenario`` makes a :class:`Plan` from ``scenario.toml``; the makers (zones, web, mail, network) read it and decide nothing themselves.
"""

from dataclasses import dataclass, field
from enum import Enum
from ipaddress import IPv4Network, IPv6Network


@dataclass(frozen=True, slots=True)
class Segment:
    """One namespace of the lab with the prefixes that are local to it (AnyIP)."""

    name: str
    ipv4: IPv4Network
    ipv6: IPv6Network


# 192.0.2.0/24 is left out on purpose: some hosts have it on their own interface.
DNS = Segment("inet", IPv4Network("198.18.0.0/18"), IPv6Network("2001:db8::/36"))
WEB = Segment("web", IPv4Network("198.18.64.0/18"), IPv6Network("2001:db8:1000::/36"))
MAIL = Segment("mail", IPv4Network("198.18.128.0/18"), IPv6Network("2001:db8:2000::/36"))
ODD = Segment("odd", IPv4Network("198.18.192.0/18"), IPv6Network("2001:db8:3000::/36"))
PROBE = Segment("probe", IPv4Network("198.19.0.0/24"), IPv6Network("2001:db8:f000::/36"))
SEGMENTS = (DNS, WEB, MAIL, ODD, PROBE)

# Routed nowhere: packets vanish, or the router answers "unreachable".
BLACKHOLE = (IPv4Network("198.19.64.0/20"), IPv6Network("2001:db8:e000::/36"))
UNREACHABLE = (IPv4Network("198.19.80.0/20"), IPv6Network("2001:db8:d000::/36"))

ROOT_ADDRESSES = ("198.18.0.1", "2001:db8:0:1::1")  # the lab's only root server
TLD_ADDRESSES = ("198.18.1.1", "2001:db8:1:1::1")  # nl, example, arpa and the other top-level domains


class Signing(Enum):
    """How a zone is signed, and what is wrong with it."""

    SIGNED = "signed"
    SIGNED_NSEC3 = "signed-nsec3"
    UNSIGNED = "unsigned"
    EXPIRED = "expired"  # every RRSIG expired yesterday
    NOT_YET_VALID = "not-yet-valid"
    WRONG_DS = "wrong-ds"  # the parent's DS matches no key
    DS_BUT_UNSIGNED = "ds-but-unsigned"
    MISSING_RRSIG = "missing-rrsig"


class DnsFault(Enum):
    """What a name server does instead of answering well."""

    NONE = "none"
    LAME = "lame"  # REFUSED to every question
    SERVFAIL = "servfail"
    SILENT = "silent"
    SLOW = "slow"  # the right answer after 1.5 s
    TRUNCATES = "truncates"  # TC on UDP, the answer over TCP


@dataclass(frozen=True, slots=True)
class Record:
    """One resource record in presentation form; ``name`` is absolute without a final dot."""

    name: str
    type: str
    data: str
    ttl: int = 300


@dataclass(frozen=True, slots=True)
class NameServer:
    """A name server: its name and the addresses in the DNS segment (or a dead prefix) where it listens."""

    name: str
    addresses: tuple[str, ...]
    fault: DnsFault = DnsFault.NONE


@dataclass(frozen=True, slots=True)
class Zone:
    """A delegated zone. NS and SOA records are made from ``servers``; ``records`` holds all the rest."""

    name: str
    servers: tuple[NameServer, ...]
    records: tuple[Record, ...]
    signing: Signing = Signing.SIGNED


class Certificate(Enum):
    """The certificate that a TLS listener shows."""

    GOOD = "good"
    SELF_SIGNED = "self-signed"
    EXPIRED = "expired"
    WRONG_NAME = "wrong-name"
    INCOMPLETE_CHAIN = "incomplete-chain"  # the intermediate is not sent


class WebServer(Enum):
    """Which program listens: nginx, or the odd server with one kind of misbehaviour."""

    NGINX = "nginx"
    SILENT = "silent"  # accepts, never says a word
    GARBAGE = "garbage"  # sends bytes that are neither TLS nor HTTP
    CLOSES = "closes"  # accepts and closes at once
    DRIP = "drip"  # one byte of a never-ending answer each half second
    ENDLESS_HEADERS = "endless-headers"
    HUGE_BODY = "huge-body"  # 1 GB if one lets it
    PLAIN_HTTP = "plain-http"  # HTTP without TLS, whatever the port


@dataclass(frozen=True, slots=True)
class Page:
    """What is served at one path. Path ``*`` is every path that has no page of its own."""

    path: str
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    body: str = ""


@dataclass(frozen=True, slots=True)
class WebListener:
    """A host name served on one port of some addresses. ``certificate`` is None for plain HTTP."""

    host: str
    addresses: tuple[str, ...]
    port: int
    certificate: Certificate | None
    pages: tuple[Page, ...]
    server: WebServer = WebServer.NGINX


class MailBehaviour(Enum):
    """How a mail server on port 25 behaves."""

    GOOD = "good"
    NO_STARTTLS = "no-starttls"
    STARTTLS_454 = "starttls-454"  # lists STARTTLS, answers the command with 454
    CLOSES_AFTER_220 = "closes-after-220"  # accepts STARTTLS, then closes
    REFUSES_421 = "refuses-421"  # always 421 at connect
    REFUSES_421_AFTER_3 = "refuses-421-after-3"  # 421 from the fourth connection of a client within a minute
    REFUSES_554 = "refuses-554"
    GREYLISTS = "greylists"  # 450 to RCPT, all else good
    TARPIT = "tarpit"  # banner after 6 s, each reply after 1 s; STARTTLS works
    SILENT = "silent"  # accepts, never greets
    CLOSES = "closes"  # closes at connect
    ENDLESS_BANNER = "endless-banner"


@dataclass(frozen=True, slots=True)
class MailServer:
    """A host that listens on port 25 at its addresses."""

    host: str
    addresses: tuple[str, ...]
    behaviour: MailBehaviour = MailBehaviour.GOOD
    certificate: Certificate = Certificate.GOOD


class PortFault(Enum):
    """What the router does with packets to one address and port."""

    REFUSE = "refuse"  # TCP reset
    DROP = "drop"  # silence


@dataclass(frozen=True, slots=True)
class BlockedPort:
    """One TCP port of one address that the router refuses or drops."""

    address: str
    port: int
    fault: PortFault


@dataclass(frozen=True, slots=True)
class Intended:
    """A domain of the fictional government, with the verdicts that its configuration deserves by the norm.

    ``verdicts`` maps ``role.standard`` (or ``role.standard.part``; or either with ``@norm`` behind it for an older norm) to
    ``compliant``, ``non_compliant``, ``not_applicable`` or ``undetermined``.
    """

    domain: str
    organisation: str
    group: str
    roles: tuple[str, ...]
    variants: tuple[str, ...]
    verdicts: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Plan:
    """All that the lab must be, for one size of the scenario."""

    zones: tuple[Zone, ...]
    web: tuple[WebListener, ...]
    mail: tuple[MailServer, ...]
    blocked: tuple[BlockedPort, ...]
    intended: tuple[Intended, ...]


@dataclass(frozen=True, slots=True)
class Program:
    """One process of the lab: its name (also of its log), the segment (namespace) it runs in, and its command line."""

    name: str
    segment: str
    argv: tuple[str, ...]
    environment: tuple[tuple[str, str], ...] = ()
