# SPDX-License-Identifier: EUPL-1.2
"""Each supplier and network that several domains use: what fails there, what mending it gives, and who its customers are."""

from collections.abc import Iterator, Mapping

from meetlat.analysis.hosting import Layer
from meetlat.model.target import Listing
from meetlat.publish.meting.document import Block, Bullets, Cell, Chapter, Column, Heading, Line, Paragraph, Table, columns
from meetlat.publish.meting.wording import bounded
from meetlat.publish.site.gathering import Supplied
from meetlat.publish.site.places import SUPPLIERS, up
from meetlat.publish.site.tables import cut, lever_table
from meetlat.publish.site.view import Page, View
from meetlat.publish.words import visible

_MOST_CUSTOMERS = 1_000
_MOST_LEVERS = 40


def supplier_list(view: View) -> Page:
    """Make the page that leads to every supplier."""
    blocks: tuple[Block, ...] = (Paragraph(view.say("supplier.none")),)
    found = view.gathered.supplied
    if found:
        heads = columns(
            view.words.say("causes.supplier"), [*(view.say(f"supplier.{layer.value}") for layer in Layer), view.say("supplier.shared")]
        )
        ranked = sorted(found.values(), key=lambda one: (-_gain(one), -len(_domains(one)), one.name))
        lines = [
            Line(
                (
                    Cell(visible(bounded(one.name)), link=f"../{view.places.suppliers[one.name]}"),
                    *(Cell(view.words.number(len(one.customers.get(layer.value, ())))) for layer in Layer),
                    Cell(view.words.number(_gain(one))),
                )
            )
            for one in ranked
        ]
        blocks = (Paragraph(view.say("supplier.list_note")), Table(view.say("supplier.all"), heads, tuple(lines)))
    chapters = (Chapter("all", 0, view.say("supplier.all"), blocks),)
    return Page(SUPPLIERS, view.say("supplier.list"), view.when, chapters, "suppliers")


def supplier_pages(view: View) -> Iterator[Page]:
    """Make a page for each supplier that several domains use."""
    whose = {listing.domain.name: listing for listing in view.gathered.domains}
    for name, path in view.places.suppliers.items():
        one = view.gathered.supplied[name]
        chapters = (
            Chapter("shared", 0, view.say("supplier.fails"), tuple(_fails(view, path, one))),
            Chapter("customers", 0, view.say("supplier.customers"), tuple(_customers(view, path, one, whose))),
        )
        lead = view.say("supplier.lead", count=len(_domains(one)))
        yield Page(path, visible(bounded(name)), f"{lead} {view.when}.", chapters, "suppliers", ((view.say("supplier.list"), SUPPLIERS),))


def _domains(one: Supplied) -> set[str]:
    """Return every domain that uses it."""
    return set().union(*one.customers.values())


def _gain(one: Supplied) -> int:
    """Return how many domains mending its best lever brings to comply with a standard."""
    return max((lever.lift.lifted for lever in one.levers if lever.is_shared_cause), default=0)


def _fails(view: View, path: str, one: Supplied) -> Iterator[Block]:
    """Yield what is a shared cause, and what else is broken by several that may be coincidence."""
    shared = [lever for lever in one.levers if lever.is_shared_cause]
    others = [lever for lever in one.levers if not lever.is_shared_cause]
    if shared:
        yield Paragraph(view.say("supplier.shared_intro"))
        yield lever_table(view, path, shared[:_MOST_LEVERS], view.say("supplier.shared_caption"))
        yield from cut(view, len(shared), _MOST_LEVERS, "supplier.cut")
    else:
        yield Paragraph(view.say("supplier.shared_none"))
    if others:
        yield Heading(view.say("supplier.others"))
        yield Paragraph(view.say("supplier.others_intro"))
        yield lever_table(view, path, others[:_MOST_LEVERS], view.say("supplier.others"))
        yield from cut(view, len(others), _MOST_LEVERS, "supplier.cut")
    meaning = (view.say("supplier.meaning_lifted"),) if one.levers else ()
    yield Bullets((*meaning, view.say("supplier.meaning_layer")))


def _customers(view: View, path: str, one: Supplied, listings: Mapping[str, Listing]) -> Iterator[Block]:
    """Yield the domains that use it, per layer."""
    heads = tuple(Column(view.words.say(f"words.{key}")) for key in ("organisation", "group"))
    for layer, domains in one.customers.items():
        shown = [listings[name] for name in domains[:_MOST_CUSTOMERS] if name in listings]
        lines = [
            Line(
                (
                    Cell(listing.domain.shown, link=f"{up(path)}{view.places.domain(listing.domain)}"),
                    Cell(bounded(listing.organisation), link=f"{up(path)}{view.places.organisations[listing.group, listing.organisation]}"),
                    Cell(bounded(listing.group)),
                )
            )
            for listing in shown
        ]
        yield Table(
            view.say("supplier.customers_caption", layer=view.say(f"supplier.{layer}")),
            (Column(view.words.say("annex.domain")), *heads),
            tuple(lines),
        )
        yield from cut(view, len(domains), _MOST_CUSTOMERS, "supplier.customers_cut")
