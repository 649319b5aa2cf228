# SPDX-License-Identifier: EUPL-1.2
"""What comes from the resolver, from files of routes and from people who fill in forms, as functions that take any bytes."""

import asyncio
import base64
import io
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime
from ipaddress import ip_address
from pathlib import Path

from python_calamine import CalamineError

from meetlat.agreements.reading import read_agreements
from meetlat.facts import mail, ocsp
from meetlat.facts.certificates import read as read_certificate
from meetlat.facts.dns import question
from meetlat.facts.tlsa import tlsa_question, tlsa_records
from meetlat.facts.txt import texts
from meetlat.model.domain import Domain
from meetlat.model.evidence import Evidence, Need, Observation
from meetlat.model.target import Listing, Role
from meetlat.probes.dns import DnsProbe
from meetlat.probes.failing import NoAnswerError
from meetlat.probes.network import NetworkError
from meetlat.probes.resolver import Resolver, _Query
from meetlat.probes.ris_whois import routes_in
from meetlat.probes.route_files import MIN_PEERS, RoutingFile, read_routes, read_vrps
from meetlat.probes.tls.trust import Anchors, read_anchors
from meetlat.replies.faults import FormError
from meetlat.replies.reading import Given, Setting, read_form
from meetlat.replies.register import Register
from meetlat.replies.sheet_reader import sheet_rows
from meetlat.standards.loading import standards
from meetlat.store import schemas
from tests.unit.probes.tls.peers import Authority

KINDS = ("A", "MX", "TXT", "TLSA", "CAA", "SOA")  # by the first octet
_ADDRESSES = tuple(map(ip_address, ("198.51.100.7", "0.0.0.0", "255.255.255.255", "2001:db8::7", "::")))
_FOLDER = tempfile.TemporaryDirectory(prefix="meetlat-fuzz-")
_PLACE = Path(_FOLDER.name)
_RUNNER = asyncio.Runner()


class _Telling(Resolver):
    """A resolver that answers the same bytes to everything, under the id of the question."""

    content = b""

    async def _exchange(self, query: _Query) -> bytes:
        """Answer at once."""
        return query.wire[:2] + self.content


def resolver_answer(content: bytes) -> None:
    """What the resolver says; what is written down of it must be storable, and readable as every fact that is made of it."""
    resolver = _Telling("127.0.0.1", 53)
    resolver.content = content[1:]
    need = Need("dns", "a.test", KINDS[content[0] % len(KINDS) if content else 0])
    with suppress(NoAnswerError):
        answer = _RUNNER.run(DnsProbe(resolver).observe(need))
        schemas.compact(answer)
        seen = Evidence([Observation(need=one, at=_at(), answer=answer) for one in _asked(need)])
        mail.mx_records(Domain("a.test"), seen)
        texts("a.test", seen)
        tlsa_records(tlsa_question("a.test", 25), seen)


def _asked(need: Need) -> Sequence[Need]:
    """Give one answer to every question whose reading differs."""
    return (
        need,
        mail.mx_question(Domain("a.test")),
        tlsa_question("a.test", 25),
        *(question("a.test", kind) for kind in ("TXT", "CAA", "NS")),
    )


def _at() -> datetime:
    """Return a moment."""
    return datetime.fromisoformat("2026-06-01T00:00:00+00:00")


def routes_file(content: bytes) -> None:
    """A dump of RISwhois, or ranges."""
    path = _PLACE / "routes"
    path.write_bytes(content)
    with suppress(NetworkError):
        _looked_up(read_routes([path]))


def vrps_file(content: bytes) -> None:
    """The JSON of a validator."""
    path = _PLACE / "vrps.json"
    path.write_bytes(content)
    with suppress(NetworkError):
        _looked_up(read_vrps(path))


def _looked_up(file: RoutingFile) -> None:
    """Look addresses up; whatever covers one has it inside."""
    _ = file.at.isoformat()
    for address in _ADDRESSES:
        for prefix, value in file.table.covering(address):
            if address not in prefix or value < 0:
                raise AssertionError(f"{address} is not in {prefix}")


def whois_answer(content: bytes) -> None:
    """What a RISwhois server says."""
    with suppress(ValueError):
        list(routes_in(content.decode("utf-8", "replace"), MIN_PEERS))


def reply_form(content: bytes) -> None:
    """A form that was sent in, as CSV."""
    _read_form("w.csv", content)


def reply_sheet(content: bytes) -> None:
    """A form as a spreadsheet: what the packing of it holds, for bytes that are not packed well go no further than that.

    In this process, not in one of its own as Meetlat does: a sheet that asks for all memory is a finding of the library, known already.
    """
    for parts in ({**_OPEN_DOCUMENT, "content.xml": content}, {**_OFFICE, "xl/worksheets/sheet1.xml": content}):
        with suppress(OverflowError, OSError, ValueError, NotImplementedError, zipfile.BadZipFile, CalamineError):
            list(sheet_rows(_packed(parts)))


def _read_form(name: str, content: bytes) -> None:
    """Read a form; every fault says where."""
    with suppress(FormError):
        _, faults = read_form(name, content, _SETTING, _GIVEN)
        if any(fault.file != name or fault.row < 1 for fault in faults):
            raise AssertionError("a fault of nowhere")


def _packed(files: Mapping[str, bytes]) -> bytes:
    """Pack files."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for path, content in files.items():
            archive.writestr(path, content)
    return packed.getvalue()


def chain(content: bytes) -> None:
    """A chain, each certificate behind its length: whether it is trusted, and a staple about its first."""
    sent, staple = _divided(content)
    told = _ANCHORS.judge_path(sent)
    if told["trusted"] and not sent:
        raise AssertionError("trust in nothing")
    schemas.compact(told)
    read = tuple(map(read_certificate, sent))
    if read:
        ocsp.staple(base64.b64encode(staple).decode("ascii"), read, _at())


def _divided(content: bytes) -> tuple[list[bytes], bytes]:
    """Cut content into pieces of the lengths that it tells; the last piece is apart."""
    pieces: list[bytes] = []
    stream = io.BytesIO(content)
    while len(pieces) < 9 and len(size := stream.read(2)) == 2:
        pieces.append(stream.read(int.from_bytes(size, "big")))
    return pieces[:-1], pieces[-1] if pieces else b""


def _anchors() -> Anchors:
    """Read a bundle of one root, that of a made-up authority."""
    anchors = read_anchors(Authority(_PLACE).bundle)
    assert anchors is not None  # noqa: S101 - for the types: it was written just now
    return anchors


_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_DOCUMENT = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def _related(kind: str, target: str) -> bytes:
    """Say in the words of Office Open XML where a part stands."""
    relation = f"<Relationship Id='r1' Type='{_DOCUMENT}/{kind}' Target='{target}'/>"
    return f"<Relationships xmlns='http://schemas.openxmlformats.org/package/2006/relationships'>{relation}</Relationships>".encode()


_SPREADSHEET = "application/vnd.oasis.opendocument.spreadsheet"
_MANIFEST = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
_ENTRY = f"<manifest:file-entry manifest:full-path='/' manifest:media-type='{_SPREADSHEET}'/>"
_OPEN_DOCUMENT: Mapping[str, bytes] = {
    "mimetype": _SPREADSHEET.encode(),
    "META-INF/manifest.xml": f"<manifest:manifest xmlns:manifest='{_MANIFEST}'>{_ENTRY}</manifest:manifest>".encode(),
}
_SHEETS = "<sheets><sheet name='a' sheetId='1' r:id='r1'/></sheets>"
_OFFICE: Mapping[str, bytes] = {
    "_rels/.rels": _related("officeDocument", "xl/workbook.xml"),
    "xl/workbook.xml": f"<workbook xmlns='{_MAIN}' xmlns:r='{_DOCUMENT}'>{_SHEETS}</workbook>".encode(),
    "xl/_rels/workbook.xml.rels": _related("worksheet", "worksheets/sheet1.xml"),
}
_LISTINGS = (Listing(Domain("gemeente-duinrade.nl"), "Gemeente Duinrade", "Gemeenten", (Role.WEB, Role.MAIL)),)
_SETTING = Setting("m1", {"hsts": "2021-01", "spf": "2018-04"}, _LISTINGS, standards(), read_agreements(standards()).values(), Register())
_GIVEN = Given("CISO", date(2026, 7, 1))
_ANCHORS = _anchors()
