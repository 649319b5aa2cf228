# SPDX-License-Identifier: EUPL-1.2
"""Read the exports in XML as a stream: one organisation in memory at a time, no entities, no network, no document type definition."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from lxml import etree

from meetlat.model.organisation import Listed
from meetlat.organisations.faults import ImportFault, Remark
from meetlat.organisations.records import Contents, DomainRecord, Record, each_type, name_in

ROO = "ROO"
RIO = "RIO"
_SCHEMA = re.compile(r"https://organisaties\.overheid\.nl/static/schema/oo/export/(\d+)\.(\d+)\.(\d+)", re.ASCII)
# Root element → kind, and the versions of the schema that are read: this one, and later patches of it.
_KINDS = {"overheidsorganisaties": (ROO, (2, 6), 3), "RegisterInternetdomeinenOverheid": (RIO, (0, 0), 3)}
_ORGANISATION = "organisatie"
_REGELING = "regeling"
_OF_REGELING = "Gemeenschappelijke regeling"


class _RefusedError(Exception):
    """The file as a whole is no use."""

    def __init__(self, fault: ImportFault, detail: str = "") -> None:
        self.fault = fault
        self.detail = detail
        super().__init__(fault.name)


def read_xml(path: Path, contents: Contents) -> None:
    """Read an export of either register into ``contents``; whatever is wrong is noted there."""
    try:
        with path.open("rb") as file:
            _read(file, contents)
    except _RefusedError as refused:
        contents.wrong(0, refused.fault, refused.detail)
    except (OSError, etree.LxmlError) as error:
        contents.wrong(0, ImportFault.UNREADABLE, str(error).partition("\n")[0])


def _read(file: BinaryIO, contents: Contents) -> None:
    """Walk through the elements; an organisation is forgotten as soon as it is read."""
    options = {
        "resolve_entities": False,
        "no_network": True,
        "load_dtd": False,
        "huge_tree": False,
        "remove_comments": True,
        "remove_pis": True,
    }
    around: list[str] = []
    is_first = True
    for event, element in etree.iterparse(file, events=("start", "end"), **options):
        if is_first:
            _check_root(element, contents)
            is_first = False
        name = _local(element)
        if name not in {_ORGANISATION, _REGELING} or not _is_entry(element):
            continue
        if event == "start":
            around.append(_id_of(element))
            continue
        around.pop()
        _entry(element, name, around[-1] if around else "", contents)
        _forget(element)
    if not contents.records and not contents.faults:
        contents.wrong(0, ImportFault.EMPTY)


def _check_root(root: etree._Element, contents: Contents) -> None:
    """Take the kind, the version of the schema and the day from the root; refuse what is not one of the two exports."""
    if root.getroottree().docinfo.internalDTD is not None:
        raise _RefusedError(ImportFault.HAS_DOCTYPE)
    name, namespace = _local(root), _namespace(root)
    if name not in _KINDS:
        raise _RefusedError(ImportFault.UNKNOWN_KIND, f"<{name}>")
    kind, series, patch = _KINDS[name]
    version = _SCHEMA.fullmatch(namespace)
    numbers = tuple(map(int, version.groups())) if version else ()
    if not numbers or numbers[:2] != series or numbers[2] < patch:
        raise _RefusedError(ImportFault.WRONG_SCHEMA, namespace or "-")
    contents.kind, contents.schema = kind, ".".join(map(str, numbers))
    stamped = contents.moment(_attribute(root, "timestamp"), 0)
    contents.day = stamped.first if stamped is not None and stamped.day is not None else None


def _is_entry(element: etree._Element) -> bool:
    """Whether an element describes an organisation, and does not merely name one (those who take part in a regeling)."""
    parent = element.getparent()
    return parent is not None and _local(parent) in {
        "organisaties",
        "gemeenschappelijkeRegelingen",
        "gemeenschappelijkeRegelingenGrensoverschrijdend",
        "RegisterInternetdomeinenOverheid",
    }


def _entry(element: etree._Element, name: str, parent: str, contents: Contents) -> None:
    """Read one organisation, or one regeling, and the domains that stand under it."""
    line = _line(element)
    names = each_type(_text(element, field) for field in ("naam", "citeertitel", "titel", "subnaam"))
    types = each_type(_collapsed(found) for found in _under(element, "types", "type"))
    ministry = _child(element, "relatieMetMinisterie")
    record = Record(
        line=line,
        name=names[0] if names else "",
        tooi=_attribute(element, "resourceIdentifierTOOI"),
        roo_id=_attribute(element, "systeemId"),
        other_names=names[1:],
        abbreviation=_text(element, "afkorting"),
        types=types or ((_OF_REGELING,) if name == _REGELING else ()),
        subtype=_text(element, "subtype"),
        ministry=_collapsed(ministry) if ministry is not None else "",
        ministry_tooi=_attribute(ministry, "resourceIdentifierTOOI") if ministry is not None else "",
        parent=parent,
        start=contents.moment(_text(element, "startDatum") or _text(element, "datumInwerkingtreding"), line),
        end=contents.moment(_text(element, "eindDatum") or _text(element, "datumOpheffing"), line),
    )
    contents.add(record)
    if contents.kind == RIO and record.id:
        _domains(element, record.id, contents)


def _domains(element: etree._Element, holder: str, contents: Contents) -> None:
    """Read the names of an organisation: those that are registered, and the hosts in use."""
    for found in _under(element, "domeinnaamregistraties", "domeinnaamregistratie"):
        _domain(found, Listed.REGISTRATION, holder, contents)
    for found in _under(element, "domeinen", "domein"):
        _domain(found, Listed.HOST, holder, contents)


def _domain(element: etree._Element, listed: Listed, holder: str, contents: Contents) -> None:
    """Read one name; an address without a name in it is left out, and that is noted."""
    line = _line(element)
    is_host = listed is Listed.HOST
    written = _text(element, "url" if is_host else "naam")
    domain = name_in(written)
    since = contents.moment(_text(element, "geregistreerdSinds") or _text(element, "registratieDatum"), line)
    until = contents.moment(_text(element, "opgezegdSinds") or _text(element, "eindeRegistratieDatum"), line)
    if domain is None:
        contents.remark(line, Remark.NOT_A_NAME, written or "-")
        return
    purpose = _text(element, "gebruiksdoel" if is_host else "doel")
    contents.domains.append(DomainRecord(line, domain, written, listed, holder, purpose, since, until))


def _forget(element: etree._Element) -> None:
    """Give up the memory of what was read, and of what stood before it."""
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]


def _line(element: etree._Element) -> int:
    """Return the line on which an element begins, as an editor numbers it."""
    line = element.sourceline
    return line if isinstance(line, int) else 0


def _id_of(element: etree._Element) -> str:
    """Return the TOOI URI of an organisation, else its ROO id."""
    return _attribute(element, "resourceIdentifierTOOI") or _attribute(element, "systeemId")


def _under(element: etree._Element, group: str, item: str) -> Iterator[etree._Element]:
    """Yield the items of one list of an element."""
    holder = _child(element, group)
    yield from (one for one in holder if _local(one) == item) if holder is not None else ()


def _child(element: etree._Element, name: str) -> etree._Element | None:
    """Return the first child of that name."""
    return next((one for one in element if _local(one) == name), None)


def _text(element: etree._Element, name: str) -> str:
    """Return the text of a child, with spaces collapsed; empty when there is none."""
    found = _child(element, name)
    return _collapsed(found) if found is not None else ""


def _collapsed(element: etree._Element) -> str:
    """Return the text of an element, with spaces collapsed."""
    return " ".join((element.text or "").split())


def _attribute(element: etree._Element, name: str) -> str:
    """Return an attribute, whether or not it stands in the namespace of the export."""
    return " ".join(str(element.get(f"{{{_namespace(element)}}}{name}") or element.get(name) or "").split())


def _namespace(element: etree._Element) -> str:
    """Return the namespace of an element; empty when it has none."""
    return element.tag[1:].partition("}")[0] if isinstance(element.tag, str) and element.tag.startswith("{") else ""


def _local(element: etree._Element) -> str:
    """Return the name of an element without its namespace; empty for what is no element."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""  # QName refuses tags that the parser let through
