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


class RouteState(Enum):
    """What RFC 6811 makes of the route to a net."""

    VALID = "valid"
    OTHER_ORIGIN = "other-origin"  # the ROA names another AS
    TOO_SPECIFIC = "too-specific"  # the ROA is for a larger block, and lets nothing longer be announced
    NOT_FOUND = "not-found"  # there is no ROA, but one that has expired
    UNANNOUNCED = "unannounced"  # there is no route


# The place of the /24 and the /48 in each segment whose route is not valid; all others are.
ROUTE_STATE_NETS = {RouteState.OTHER_ORIGIN: 56, RouteState.NOT_FOUND: 57, RouteState.TOO_SPECIFIC: 58, RouteState.UNANNOUNCED: 59}

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
    SERVFAIL_FOR_TLSA = "servfail-for-tlsa"  # and the right answer to every other question
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
    NOT_YET_VALID = "not-yet-valid"
    UNORDERED_CHAIN = "unordered-chain"  # two intermediates, the wrong way round
    WITH_ROOT = "with-root"  # the root is sent along, as signed by itself with SHA-1
    WILDCARD = "wildcard"  # for what is one label below the parent of the host
    WILDCARD_BELOW = "wildcard-below"  # for what is one label below the host, not for the host itself
    NAMES_OCSP = "names-ocsp"  # good, and says where to ask by OCSP
    # Good, but for the key of that kind.
    RSA_3072 = "rsa-3072"
    RSA_2048 = "rsa-2048"
    RSA_1024 = "rsa-1024"
    P384 = "p-384"
    P224 = "p-224"
    ED25519 = "ed25519"
    # Good, but for how it is signed.
    SHA1 = "sha-1"
    SHA1_INTERMEDIATE = "sha-1-intermediate"
    RSA_PSS = "rsa-pss"
    RSA_2048_INTERMEDIATE = "rsa-2048-intermediate"


class WebServer(Enum):
    """Which program listens: nginx, or the odd server with one kind of misbehaviour."""

    NGINX = "nginx"
    SILENT = "silent"  # accepts, never says a word
    GARBAGE = "garbage"  # sends bytes that are neither TLS nor HTTP
    CLOSES = "closes"  # accepts and closes at once
    DRIP = "drip"  # one byte of a never-ending answer each half second
    ENDLESS_HEADERS = "endless-headers"
    HUGE_BODY = "huge-body"  # 1 GB if one lets it
    ENDLESS_CHUNKS = "endless-chunks"  # good pages; the front page has no end
    BOMB = "bomb"  # good pages; the front page is packed, asked or not, and becomes 64 MB
    PLAIN_HTTP = "plain-http"  # HTTP without TLS, whatever the port
    ODD_TLS = "odd-tls"  # good pages over TLS that is odd: see OddTls
    # Good pages over the TLS of another program, as far as the profile says.
    OPENSSL_1_0_2 = "openssl-1.0.2"  # of 2018: from SSL 3.0 to TLS 1.2, with all that was usual
    OPENSSL_4 = "openssl-4"  # the one inside the Python package cryptography
    GNUTLS = "gnutls"


class OddTls(Enum):
    """What is odd about the TLS of an odd-tls server, which serves its pages well wherever a handshake succeeds."""

    GOOD = "good"  # nothing: TLS 1.2 and 1.3, as it should be
    RATE_LIMITED = "rate-limited"  # resets what a client opens above 10 at once and 5 a second
    BANS_BREAKERS = "bans-breakers"  # eight handshakes broken off within a minute: everything is reset for ten minutes
    TWO_BACKENDS = "two-backends"  # in turn a modern server and one with TLS 1.0 to 1.2, RSA key exchange and CBC only
    SILENT_REFUSAL = "silent-refusal"  # says nothing to a hello that is too old or offers no suite to its taste
    CLOSED_REFUSAL = "closed-refusal"  # closes where others send an alert
    CHOKES_ON_STATUS_REQUEST = "chokes-on-status-request"
    CHOKES_ON_LONG_HELLO = "chokes-on-long-hello"  # above 512 octets
    CHOKES_ON_MANY_SUITES = "chokes-on-many-suites"  # above 64
    CHOKES_ON_UNKNOWN_GROUP = "chokes-on-unknown-group"  # any above 0x0200
    NEEDS_SNI = "needs-sni"  # alert unrecognized_name (112) without
    ASKS_CLIENT_CERTIFICATE = "asks-client-certificate"
    REQUIRES_CLIENT_CERTIFICATE = "requires-client-certificate"  # TLS 1.3: alert certificate_required (116) after the handshake
    RETRIES_FOR_SAME_GROUP = "retries-for-same-group"  # HelloRetryRequest for X25519, whatever was offered, for ever
    RETRIES_WITH_ANY_SUITE = "retries-with-any-suite"  # HelloRetryRequest with a suite that does not exist, another each time, for ever
    DRIPS = "drips"  # an octet each millisecond
    DRIPS_SLOWLY = "drips-slowly"  # an octet each two seconds
    HUGE_CHAIN = "huge-chain"  # a certificate message of 16 MB
    WRONG_LENGTHS = "wrong-lengths"  # records longer than any TLS allows
    EMPTY_FRAGMENTS = "empty-fragments"  # a ServerHello, then empty records for ever
    GARBAGE_EXTENSIONS = "garbage-extensions"  # a ServerHello whose extensions cannot be read
    ENDLESS_WARNINGS = "endless-warnings"  # nothing but warning alerts
    ENDLESS_TICKETS = "endless-tickets"  # thousands of session tickets after the handshake, and never a word of HTTP
    OLD_OVER_IPV6 = "old-over-ipv6"  # TLS 1.0 and 1.1 as well, over IPv6 only
    SSL_2_BESIDE = "ssl-2-beside"  # whoever says hello in SSL 2.0 is answered in SSL 2.0; good to all others


@dataclass(frozen=True, slots=True)
class Page:
    """What is served at one path. Path ``*`` is every path that has no page of its own."""

    path: str
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    body: str = ""


class Staple(Enum):
    """The OCSP response that a server sends with its certificate."""

    NONE = "none"
    GOOD = "good"
    EXPIRED = "expired"
    REVOKED = "revoked"
    OF_ANOTHER = "of-another"  # certificate


@dataclass(frozen=True, slots=True)
class TlsProfile:
    """What a web server does in TLS, in the words of OpenSSL: a table of ``tls_profiles`` in the scenario, laid over the good one."""

    name: str
    versions: tuple[str, ...]
    suites: str  # below TLS 1.3
    suites_1_3: str
    groups: str
    signatures: str
    server_order: bool = True  # or else the client's
    dh: str = ""  # a name of lab.dh_groups
    also: Certificate | None = None  # a second certificate, with another kind of key
    staple: Staple = Staple.NONE
    tickets: bool = False
    early_data: bool = False
    extended_master_secret: bool = True
    compression: bool = False  # openssl-1.0.2 only
    priorities: str = ""  # gnutls only, and then instead of all the above: in the words of GnuTLS


# Of listeners without TLS, and those that the scenario does not speak of.
GOOD_TLS = TlsProfile(
    "good",
    ("TLSv1.2", "TLSv1.3"),
    "ECDHE+AESGCM:ECDHE+CHACHA20",
    "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256",
    "X25519:P-256:P-384",
    "ECDSA+SHA256:ECDSA+SHA384:ECDSA+SHA512:ed25519:RSA-PSS+SHA256:RSA-PSS+SHA384:RSA-PSS+SHA512:RSA+SHA256:RSA+SHA384:RSA+SHA512",
)


@dataclass(frozen=True, slots=True)
class WebListener:
    """A host name served on one port of some addresses. ``certificate`` is None for plain HTTP."""

    host: str
    addresses: tuple[str, ...]
    port: int
    certificate: Certificate | None
    pages: tuple[Page, ...]
    server: WebServer = WebServer.NGINX
    odd_tls: OddTls = OddTls.GOOD
    compresses: bool = False  # with gzip, for who accepts that; nginx only
    tls: TlsProfile = GOOD_TLS


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
    TARPIT = "tarpit"  # banner after 3 s, each reply after half a second; STARTTLS works
    SILENT = "silent"  # accepts, never greets
    CLOSES = "closes"  # closes at connect
    ENDLESS_BANNER = "endless-banner"
    REFUSES_SECOND = "refuses-second"  # 421 to a client that has a connection already
    REFUSES_421_AFTER_8 = "refuses-421-after-8"  # within ten minutes
    REFUSES_421_AFTER_25 = "refuses-421-after-25"  # idem
    SLOW_BANNER = "slow-banner"  # one second
    CLOSES_ON_OLD_HELLO = "closes-on-old-hello"  # closes without alert when the client offers no TLS 1.2 or higher


class MailTls(Enum):
    """What a mail server accepts after STARTTLS."""

    GOOD = "good"  # TLS 1.2 and 1.3, forward secrecy and AEAD only, SHA-2 only
    WITH_OLD_VERSIONS = "with-old-versions"  # TLS 1.0 and 1.1 besides
    TLS_1_0_ONLY = "tls-1.0-only"
    WITH_RSA_KEY_EXCHANGE = "with-rsa-key-exchange"
    CBC_ONLY = "cbc-only"  # TLS 1.2 with ECDHE, CBC and SHA-2
    WITH_WEAK_DH = "with-weak-dh"  # a DH group of 1024 bits besides
    OLD = "old"  # TLS 1.0 to 1.2, RSA key exchange and CBC only
    WEAK_KEY = "weak-key"  # as good, but lets a certificate have a key of 1024 bits


class Dane(Enum):
    """How the TLSA records of a mail server fit the certificate that it shows."""

    MATCH = "match"
    MISMATCH = "mismatch"
    NONE_USABLE = "none-usable"  # there are none, or none that a mail server may use


@dataclass(frozen=True, slots=True)
class MailServer:
    """A host that listens on port 25 at its addresses. ``dane`` says how its TLSA records, in a secure zone, fit its certificate."""

    host: str
    addresses: tuple[str, ...]
    behaviour: MailBehaviour = MailBehaviour.GOOD
    certificate: Certificate = Certificate.GOOD
    tls: MailTls = MailTls.GOOD
    dane: Dane = Dane.MATCH


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
