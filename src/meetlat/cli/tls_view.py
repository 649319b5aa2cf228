# SPDX-License-Identifier: EUPL-1.2
"""The TLS of a host as its administrator knows it: versions, suites, groups, certificates, each with the level that the norm gives it."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain

from rich.markup import escape
from rich.table import Table

from meetlat.cli.reading import told
from meetlat.facts.certificates import Certificate
from meetlat.facts.sent_chain import sent_chains
from meetlat.facts.tls_catalogue import CURVES, GROUPS13, SSL2_KINDS, SUITES, SUITES13, VERSIONS, group_name, suite_name
from meetlat.facts.tls_hellos import Talk, talk
from meetlat.facts.tls_knowledge import Known, curves12, groups13, key_exchange_hashes, own_dh_groups, suites12, suites13, versions
from meetlat.model.evidence import Evidence, Need
from meetlat.model.norm import Norm
from meetlat.model.target import Role, Target
from meetlat.standards.tls.levels import Level, level, rsa_level

_STYLES = {Level.GOOD: "green", Level.SUFFICIENT: "green", Level.PHASE_OUT: "yellow", Level.INSUFFICIENT: "red"}
_KINDS = {Role.WEB: "tls", Role.MAIL: "tls_smtp"}


def tls_tables(target: Target, seen: Evidence, norm: Norm) -> Iterator[Table]:
    """Yield a table for each address of the target with which TLS was spoken."""
    for observation in sorted(seen.latest(), key=lambda one: one.need):
        need = observation.need
        known = talk(need, seen) if need.kind == _KINDS[target.role] else None
        if known is not None:
            yield _table(need, known, seen, norm)


def _table(need: Need, known: Talk, seen: Evidence, norm: Norm) -> Table:
    """Make the table of one address."""
    port = 443 if need.kind == "tls" else 25
    title = told("tls.title", host=need.detail, address=need.subject, port=port, connections=known.connections)
    table = Table(title=escape(title), title_justify="left", show_header=False, pad_edge=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column()
    for key, lines in chain(_negotiation(known, norm), _options(known), _certificates(need, seen, norm)):
        if lines:
            table.add_row(told(f"tls.{key}"), "\n".join(lines))
    return table


def _negotiation(known: Talk, norm: Norm) -> Iterator[tuple[str, list[str]]]:
    """Yield what is negotiated: versions, suites, groups, hashes."""
    yield "versions", [_versions(versions(known), norm)]
    yield "suites13", _graded(suites13(known), SUITES13, "suites", norm)
    yield "suites12", _graded(suites12(known), {**SUITES, **SSL2_KINDS}, "suites", norm)
    yield "groups13", _graded(groups13(known), GROUPS13, "groups", norm)
    curves = _graded(curves12(known), CURVES, "groups", norm)
    yield "groups12", curves + [_coloured(key.name, level(norm, "groups", key.name)) for key in sorted(own_dh_groups(known), key=str)]
    yield "hashes", [", ".join(sorted(key_exchange_hashes(known).accepted))]
    done = known.handshake
    parts = [VERSIONS.get(done.version, ""), suite_name(done.suite) if done.suite else "", group_name(done.group) if done.group else ""]
    yield "handshake", [" · ".join(filter(None, [*parts, done.alpn, done.failure]))]


def _versions(found: Known, norm: Norm) -> str:
    """Write the versions: those accepted with their level, then those refused, then those of which neither is known."""
    accepted = [_coloured(name, level(norm, "versions", name)) for code, name in VERSIONS.items() if code in found.accepted]
    refused = [name for code, name in VERSIONS.items() if code in found.refused]
    unknown = [name for code, name in VERSIONS.items() if code not in found.accepted | found.refused]
    shown = ["  ".join(accepted)]
    shown += [f"[dim]{told('tls.refused')}: {', '.join(refused)}[/]"] if refused else []
    shown += [f"[dim]{told('tls.not_known')}: {', '.join(unknown)}[/]"] if unknown else []
    return "\n".join(shown)


def _graded(found: Known, names: Mapping[str, str], kind: str, norm: Norm) -> list[str]:
    """Write what is accepted, the best first, and how many could not be established."""
    graded = sorted(((level(norm, kind, name), name) for code in found.accepted if (name := names.get(code, ""))), reverse=True)
    lines = [_coloured(name, one) for one, name in graded]
    unknown = len(found.unknown(names))
    return lines + ([f"[dim]{told('tls.unknown', count=unknown)}[/]"] if unknown else [])


def _coloured(name: str, one: Level) -> str:
    """Write a name with its level."""
    return f"[{_STYLES[one]}]{escape(name)}[/] [dim]{told(f'tls.{one.name.lower()}')}[/]"


def _options(known: Talk) -> Iterator[tuple[str, list[str]]]:
    """Yield what is switched on or off."""
    old = [hello for hello in known.answered() if hello.version in {"0303", "0302", "0301", "0300"}]
    said: list[str] = []
    if old:
        said.append(_fact("ems", all(hello.ems for hello in old if hello.version == "0303"), wanted=True))
        said.append(_fact("secure_renegotiation", all(hello.secure_renegotiation for hello in old), wanted=True))
        said.append(_fact("compression", any(hello.deflate for hello in old), wanted=False))
    if known.client_renegotiations is not None:
        said.append(_fact("client_renegotiation", known.client_renegotiations > 0, wanted=False))
    if known.handshake.version == "0304":
        said.append(_fact("early_data", bool(known.handshake.max_early_data), wanted=False))
    said.append(_fact("stapled", bool(known.staple), wanted=None))
    if known.handshake.client_certificate_asked:
        said.append(_fact("client_certificate", is_so=True, wanted=None))
    yield "options", said
    remarks = [told(f"tls.stopped_{known.stopped_by.replace('-', '_')}")] if known.stopped_by else []
    remarks += [] if known.is_consistent else [f"[yellow]{told('tls.inconsistent')}[/]"]
    remarks += [told("tls.left_out", extensions=", ".join(known.left_out))] if known.left_out else []
    yield "remarks", remarks


def _fact(key: str, is_so: bool, wanted: bool | None) -> str:
    """Write one option; green or red where one of the two is wanted."""
    word = told("tls.yes" if is_so else "tls.no")
    style = "dim" if wanted is None else "green" if is_so is wanted else "red"
    return f"{told(f'tls.{key}')}: [{style}]{word}[/]"


def _certificates(need: Need, seen: Evidence, norm: Norm) -> Iterator[tuple[str, list[str]]]:
    """Yield the certificates of each chain as sent."""
    for sent in sent_chains(need, seen):
        trust = told("tls.unknown_trust" if sent.is_trusted is None else "tls.trusted" if sent.is_trusted else "tls.untrusted")
        lines = list(_chain(sent.certificates, norm))
        yield "certificates", [*lines, f"[{'green' if sent.is_trusted else 'red'}]{trust}[/]"]


def _chain(certificates: Iterable[Certificate], norm: Norm) -> Iterator[str]:
    """Write each certificate: whose, until when, its key, its signature."""
    for number, one in enumerate(certificates, start=1):
        key = one.key
        kind, bits = key or ("?", 0)
        shown = f"{kind} {bits}" if kind in {"RSA", "DSA"} else kind
        key_level = rsa_level(norm, bits) if kind == "RSA" else level(norm, "key_curves", kind)
        digest = one.signature_hash or "?"
        until = f"{one.valid_until:%Y-%m-%d}" if one.valid_until else "?"
        yield f"{number}. {escape(one.subject)} ({told('tls.until', day=until)})"
        names = ", ".join((one.dns_names or ())[:6])
        if number == 1 and names:
            yield f"   {escape(names)}"
        if number == 1 or not one.is_root:
            yield f"   {_coloured(shown, key_level)} · {_coloured(digest, level(norm, 'signature_hashes', digest))}"
