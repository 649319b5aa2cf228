# SPDX-License-Identifier: EUPL-1.2
"""Read forms that were sent in: all of them whole, or none, with every fault in them."""

import hashlib
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

from meetlat.model.agreement import Agreement, AgreementKind
from meetlat.model.domain import Domain, DomainError
from meetlat.model.standard import Standard
from meetlat.model.target import Listing, Role
from meetlat.replies.faults import FormError, FormFault, Wrong
from meetlat.replies.form import FILLED_IN, REQUIRED, column_of, header, kind_of, unguarded
from meetlat.replies.register import Register
from meetlat.replies.reply import Kind, Outcome, Reply, Source, Statement
from meetlat.replies.sheet import Row, content_of, rows_of

_LONGEST = {"text": 4_000, "evidence": 4_000, "whose": 200}
_SEPARATORS = str.maketrans(",;/+", "    ")
_DUTCH_DATE = re.compile(r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4})")
_NEED_TEXT = frozenset({Kind.DISPUTE, Kind.LEG_UIT, Kind.COMMENT})
_NEED_STANDARD = frozenset({Kind.DISPUTE, Kind.PLANNED, Kind.LEG_UIT})
_NEED_DATE = frozenset({Kind.PLANNED, Kind.LEG_UIT})


@dataclass(frozen=True)
class Setting:
    """What forms are held against: the measurement that they answer, the standards, the agreements, and what is in the register already.

    ``sender`` is the organisation that sent the forms; empty when that is not checked.
    """

    measurement: str
    norms: Mapping[str, str]
    listings: Sequence[Listing]
    standards: Mapping[str, Standard]
    agreements: Collection[Agreement]
    register: Register
    sender: str = ""

    @cached_property
    def of_domain(self) -> Mapping[Domain, Listing]:
        """The targets by their domain."""
        return {listing.domain: listing for listing in self.listings}

    @cached_property
    def organisations(self) -> Mapping[str, str]:
        """The organisations as they are written, by how they may be written in a form."""
        return {_plain(listing.organisation): listing.organisation for listing in self.listings}

    @cached_property
    def standard_ids(self) -> Mapping[str, str]:
        """The ids of the standards that were judged, by everything they are called."""
        return {_plain(name): id_ for id_ in self.norms if id_ in self.standards for name in (id_, *self.standards[id_].names.values())}


@dataclass(frozen=True, slots=True)
class Given:
    """Who gives the replies, and on which day they are imported."""

    by: str
    on: date


def read_forms(paths: Iterable[Path], setting: Setting, given: Given) -> tuple[Reply, ...]:
    """Read every form. Raises FormError with all faults of all files; then nothing may be imported."""
    replies: list[Reply] = []
    faults: list[Wrong] = []
    for path in paths:
        try:
            content = content_of(path)
            found, wrong = read_form(path.name, content, setting, given)
        except FormError as error:
            found, wrong = [], list(error.faults)
        replies += found
        faults += wrong
    faults += _duplicates(replies, setting.register)
    if not replies and not faults:
        faults.append(Wrong("", 0, "", FormFault.NOTHING_FILLED_IN))
    if faults:
        raise FormError(faults)
    return tuple(replies)


def read_form(name: str, content: bytes, setting: Setting, given: Given) -> tuple[list[Reply], list[Wrong]]:
    """Read the rows of one form that are right, and collect what is wrong with the others. FormError: the file as a whole is no use."""
    rows = rows_of(name, content)
    if not rows:
        raise FormError([Wrong(name, 0, "", FormFault.EMPTY)])
    columns = _columns(name, rows[0])
    digest = hashlib.sha256(content).hexdigest()
    replies: list[Reply] = []
    faults: list[Wrong] = []
    for number, cells in rows[1:]:
        values = {column: unguarded(cells[index].strip()) if index < len(cells) else "" for column, index in columns.items()}
        if not any(values.get(column) for column in FILLED_IN):
            continue
        reading = _Reading(name, number, values, setting, given.on)
        says = reading.statement()
        faults += reading.faults
        if says is not None and not reading.faults:
            bound = bound_by(says, setting, given.on)
            replies.append(Reply("", given.on, given.by, setting.measurement, Source(name, digest, number), says, bound))
    return replies, faults


def bound_by(says: Statement, setting: Setting, day: date) -> tuple[str, ...]:
    """List the agreements that leave no room for a leg uit: a law in force, and a streefbeeldafspraak, which means "now"."""
    if says.kind is not Kind.LEG_UIT:
        return ()
    group = setting.of_domain[Domain(says.domain)].group
    return tuple(
        agreement.id
        for agreement in setting.agreements
        if agreement.covers(group) and _leaves_no_room(agreement, day)
        if any(ask.standard == says.standard and ask.role in says.roles and _same_part(ask.parts, says.part) for ask in agreement.asks)
    )


def _leaves_no_room(agreement: Agreement, day: date) -> bool:
    """Whether an agreement takes no leg uit on a day."""
    if agreement.kind is AgreementKind.LAW:
        return agreement.binds(day)
    return agreement.kind is AgreementKind.STREEFBEELDAFSPRAAK and agreement.is_made(day)


def _same_part(asked: Sequence[str], part: str) -> bool:
    """Whether what is asked and what is explained touch."""
    return not asked or not part or part in asked


class _Reading:
    """Reads one row and gathers what is wrong with it."""

    def __init__(self, file: str, row: int, values: Mapping[str, str], setting: Setting, on: date) -> None:
        self.faults: list[Wrong] = []
        self._file, self._row, self._values, self._setting, self._on = file, row, values, setting, on

    def statement(self) -> Statement | None:
        """Read what the row says; None when it cannot be told of what it is."""
        self._bounded()
        if (measurement := self._value("measurement")) and measurement != self._setting.measurement:
            self._wrong("measurement", FormFault.OTHER_MEASUREMENT, measurement)
        kind = self._kind()
        listing = self._listing()
        if kind is None or listing is None:
            return None
        standard = self._standard(kind)
        roles = self._roles(listing, standard)
        return Statement(
            kind=kind,
            organisation=listing.organisation,
            domain=listing.domain.name,
            roles=listing.roles if kind is Kind.NOT_OURS else roles,
            standard=standard.id if standard else "",
            part=self._part(standard, kind),
            norm=self._norm(standard),
            text=self._said("text", FormFault.NO_TEXT, needed=kind in _NEED_TEXT),
            evidence=self._said("evidence", FormFault.NO_EVIDENCE, needed=kind is Kind.DISPUTE),
            whose=self._value("whose"),
            due=self._due(kind),
        )

    def _value(self, column: str) -> str:
        """Return what stands in a column."""
        return self._values.get(column, "")

    def _wrong(self, column: str, fault: FormFault, detail: str = "") -> None:
        """Note a fault."""
        self.faults.append(Wrong(self._file, self._row, column, fault, detail))

    def _bounded(self) -> None:
        """Look at the length of what people write freely."""
        for column, longest in _LONGEST.items():
            if len(self._value(column)) > longest:
                self._wrong(column, FormFault.TOO_LONG, str(longest))

    def _kind(self) -> Kind | None:
        """Read the kind of reply."""
        text = self._value("kind")
        kind = kind_of(text)
        if kind is None:
            self._wrong("kind", FormFault.BAD_KIND if text else FormFault.NO_KIND, text)
        return kind

    def _listing(self) -> Listing | None:
        """Find the target, and make sure that it is of the organisation that the row names, and that one of the sender."""
        organisation = self._organisation()
        text = self._value("domain")
        try:
            listing = self._setting.of_domain.get(Domain.parse(text))
        except DomainError:
            self._wrong("domain", FormFault.BAD_DOMAIN if text else FormFault.NO_DOMAIN, text)
            return None
        if listing is None:
            self._wrong("domain", FormFault.UNKNOWN_DOMAIN, text)
        elif organisation is not None and listing.organisation != organisation:
            # Whose it is then is not told: a form may come from anyone.
            self._wrong("domain", FormFault.OTHER_ORGANISATION, text)
        return listing

    def _organisation(self) -> str | None:
        """Find the organisation."""
        text = self._value("organisation")
        organisation = self._setting.organisations.get(_plain(text))
        if organisation is None:
            self._wrong("organisation", FormFault.UNKNOWN_ORGANISATION if text else FormFault.NO_ORGANISATION, text)
        elif self._setting.sender and organisation != self._setting.sender:
            self._wrong("organisation", FormFault.NOT_THE_SENDER, text)
        return organisation

    def _standard(self, kind: Kind) -> Standard | None:
        """Find the standard; a domain that is not ours is so for all of them."""
        text = self._value("standard")
        if kind is Kind.NOT_OURS:
            return None
        id_ = self._setting.standard_ids.get(_plain(text))
        if id_ is None and text:
            self._wrong("standard", FormFault.UNKNOWN_STANDARD, text)
        elif id_ is None and kind in _NEED_STANDARD:
            self._wrong("standard", FormFault.NO_STANDARD)
        return self._setting.standards[id_] if id_ is not None else None

    def _roles(self, listing: Listing, standard: Standard | None) -> tuple[Role, ...]:
        """Read the roles; none is all that the domain has and the standard looks at."""
        words = self._value("roles").casefold().translate(_SEPARATORS).split()
        known = {role.value for role in Role}
        for word in dict.fromkeys(words):
            if word not in known:
                self._wrong("roles", FormFault.BAD_ROLE, word)
            elif Role(word) not in listing.roles:
                self._wrong("roles", FormFault.NOT_ITS_ROLE, word)
            elif standard is not None and Role(word) not in standard.roles:
                self._wrong("roles", FormFault.OTHER_ROLE, word)
        looked_at = [role for role in listing.roles if standard is None or role in standard.roles]
        if standard is not None and not looked_at:
            self._wrong("standard", FormFault.OTHER_ROLE, standard.id)
        return tuple(role for role in looked_at if not words or role.value in words)

    def _part(self, standard: Standard | None, kind: Kind) -> str:
        """Find the part by its id or one of its names."""
        text = self._value("part")
        if not text or kind is Kind.NOT_OURS:
            return ""
        if standard is None:
            self._wrong("part", FormFault.PART_WITHOUT_STANDARD, text)
            return ""
        parts = {_plain(name): part for part, names in standard.part_names.items() for name in (part, *names.values())}
        if _plain(text) not in parts:
            self._wrong("part", FormFault.UNKNOWN_PART, text)
        return parts.get(_plain(text), "")

    def _norm(self, standard: Standard | None) -> str:
        """Find the version of the norm; none is the one that the measurement was judged by."""
        if standard is None:
            return ""
        text = self._value("norm").removeprefix("norm").strip()
        if text and standard.norm(text) is None:
            self._wrong("norm", FormFault.UNKNOWN_NORM, text)
        return text or self._setting.norms.get(standard.id, "")

    def _said(self, column: str, missing: FormFault, *, needed: bool) -> str:
        """Read what people write freely."""
        text = self._value(column)
        if needed and not text:
            self._wrong(column, missing)
        return text

    def _due(self, kind: Kind) -> date | None:
        """Read the date; only what is planned or explained has one, and it has yet to come."""
        text = self._value("due")
        if kind not in _NEED_DATE:
            return None
        if not text:
            self._wrong("due", FormFault.NO_DATE)
            return None
        due = _date(text)
        if due is None:
            self._wrong("due", FormFault.BAD_DATE, text)
        elif due < self._on:
            self._wrong("due", FormFault.DATE_IN_PAST, text)
        return due


def _columns(name: str, first: Row) -> dict[str, int]:
    """Find the columns by their headers, in any order; what is not ours is left alone."""
    number, cells = first
    found: dict[str, int] = {}
    faults = []
    for index, cell in enumerate(cells):
        column = column_of(cell)
        if column in found:
            faults.append(Wrong(name, number, column, FormFault.COLUMN_TWICE))
        elif column is not None:
            found[column] = index
    missing = [column for column in REQUIRED if column not in found]
    faults += [Wrong(name, number, column, FormFault.NO_COLUMN, header(column, "nl")) for column in missing]
    if faults:
        raise FormError(faults)
    return found


def _duplicates(replies: Iterable[Reply], register: Register) -> Iterator[Wrong]:
    """Yield what is said twice in the forms, or was imported already and not rejected."""
    latest = {decision.reply: decision.outcome for decision in register.decisions}
    known = {reply.says: reply for reply in register.replies if latest.get(reply.id) is not Outcome.REJECTED}
    first: dict[tuple[object, ...], Source] = {}
    for reply in replies:
        says, source = reply.says, reply.source
        about = (says.kind, says.domain, says.roles, says.standard, says.part, says.text if says.kind is Kind.COMMENT else "")
        if (earlier := first.setdefault(about, source)) is not source:
            yield Wrong(source.file, source.row, "kind", FormFault.DUPLICATE, f"{earlier.file}, {earlier.row}")
        if says in known:
            yield Wrong(source.file, source.row, "kind", FormFault.KNOWN_ALREADY, known[says].id)


def _date(text: str) -> date | None:
    """Read a day as 2027-12-31 or 31-12-2027; anything else is none."""
    if dutch := _DUTCH_DATE.fullmatch(text):
        text = f"{dutch[3]}-{dutch[2]:0>2}-{dutch[1]:0>2}"
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _plain(text: str) -> str:
    """Return a name as it is compared: without regard to capitals and spaces."""
    return " ".join(text.casefold().split())
