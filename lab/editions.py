# SPDX-License-Identifier: EUPL-1.2
"""The same government at several moments: what an edition of the scenario says that differs, laid over the domains as they are."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time
from typing import Any

from lab.population import INHERITED, below, configured, hides_any, specials
from lab.supply import Domain, Suppliers, dns_supplier, has_mail_supplier, mail_supplier

EDITION_KEYS = {"id", "day", "not_yet", "suppliers", "organisations", "also"}
CHANGE_KEYS = {"variant", "without", "share", "groups", "but_not", "domains", "web_host"}
_HOUR = 9  # UTC: on which an edition is measured


def moment_of(edition: Mapping[str, Any], now: datetime) -> datetime:
    """Return when an edition is: the present one has no day of its own."""
    return datetime.combine(edition["day"], time(_HOUR), UTC) if "day" in edition else now


def suppliers_in(data: Mapping[str, Any], edition: Mapping[str, Any]) -> Suppliers:
    """Lay what is wrong with the suppliers in an edition over what they are."""
    laid = {kind: {key: dict(one) for key, one in each.items()} for kind, each in data["suppliers"].items()}
    for kind, key, variant in _supplier_variants(edition):
        laid[kind][key].update(data["variants"][variant]["supplier"])
    return laid


def _supplier_variants(edition: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield kind, key and variant of each supplier that has something to mend."""
    for kind, each in edition.get("suppliers", {}).items():
        for key, variants in each.items():
            yield from ((kind, key, variant) for variant in variants)


def domains_in(data: Mapping[str, Any], edition: Mapping[str, Any], domains: Sequence[Domain], hosts: Mapping[str, str]) -> list[Domain]:
    """Return the domains as they are in an edition, in the same order, with those that were given up later behind them.

    ``domains`` are all of the scenario, those of the bulk being ``is_drawn``; ``hosts`` says who hosts which website.
    """
    made: dict[str, Domain] = {}
    parents = {domain.parent for domain in domains}
    for domain in domains:
        changed = _changed(data, edition["id"], domain, made.get(domain.parent), hosts)
        absent = domain.is_drawn and domain.name not in parents and _place(data, domain, "not yet") < edition.get("not_yet", 0)
        merged = edition.get("organisations", {}).get(domain.organisation, domain.organisation)
        made[domain.name] = replace(changed, organisation=merged, is_there=not absent)
    made |= {domain.name: domain for domain in specials(data, edition.get("also", ()))}
    return list(_with_suppliers(data, edition, made.values()))


def _changed(data: Mapping[str, Any], edition: str, domain: Domain, parent: Domain | None, hosts: Mapping[str, str]) -> Domain:
    """Apply the changes of an edition to one domain; ``parent`` is as changed already."""
    variants = data["variants"]
    inherits = INHERITED if parent else set()
    own = [name for name in domain.variants if variants[name]["dimension"] not in inherits]
    settled = set(inherits)
    for change in data["changes"]:
        if not _concerns(data, change, domain, hosts):
            continue
        share = change["share"].get(edition, 0)
        for dimension in change.get("without", ()):
            found = next((name for name in own if variants[name]["dimension"] == dimension), "")
            if found and dimension not in settled and _place(data, domain, f"without {dimension}") < share:
                own.remove(found)
                settled.add(dimension)
        name = change.get("variant", "")
        if name and _may_have(data, name, [*own, *domain.variants], domain, settled) and _place(data, domain, name) < share:
            own.append(name)
            settled.add(variants[name]["dimension"])
    if parent:
        return below(data, domain.name, parent, domain.roles, tuple(own))
    return replace(domain, variants=tuple(own), config=configured(data, tuple(own)))


def _concerns(data: Mapping[str, Any], change: Mapping[str, Any], domain: Domain, hosts: Mapping[str, str]) -> bool:
    """Whether a change could concern a domain."""
    if "domains" in change:
        return domain.name in change["domains"]
    groups = {key for key, group in data["groups"].items() if group["title"] == domain.group}
    is_meant = not groups.isdisjoint(change.get("groups", groups)) and groups.isdisjoint(change.get("but_not", ()))
    return domain.is_drawn and is_meant and change.get("web_host", hosts.get(domain.name)) == hosts.get(domain.name)


def _may_have(data: Mapping[str, Any], name: str, others: Sequence[str], domain: Domain, settled: Iterable[str]) -> bool:
    """Whether a domain is good in the respect of a variant, and nothing hides that."""
    variant = data["variants"][name]
    dimension = variant["dimension"]
    taken = {data["variants"][one]["dimension"] for one in others} | set(settled)
    hidden = {one for other in others for one in data["variants"][other].get("hides", ())}
    has_role = "mail" not in variant or "mail" in domain.roles
    return has_role and dimension not in taken | hidden and not hides_any(data, variant, others)


def _with_suppliers(data: Mapping[str, Any], edition: Mapping[str, Any], domains: Iterable[Domain]) -> Iterator[Domain]:
    """Add to each domain the variants of the suppliers that it uses."""
    wrong: dict[tuple[str, str], list[str]] = {}
    for kind, key, variant in _supplier_variants(edition):
        wrong.setdefault((kind, key), []).append(variant)
    of_zone: dict[str, list[str]] = {}
    for number, domain in enumerate(domains):
        used = of_zone.get(domain.parent, [])
        if not domain.parent and domain.config["dns"]["exists"]:
            used = wrong.get(("dns", dns_supplier(domain, number, data["suppliers"])), [])
            of_zone[domain.name] = used
        hidden = {one for name in domain.variants for one in data["variants"][name].get("hides", ())}
        if has_mail_supplier(domain) and "mx" not in hidden and domain.config["dns"]["exists"]:
            used = [*used, *wrong.get(("mail", mail_supplier(number, data["suppliers"])), [])]
        yield replace(domain, variants=(*domain.variants, *used))


def _place(data: Mapping[str, Any], domain: Domain, respect: str) -> float:
    """Return where a domain stands among all in some respect, from 0 to 1: the same in every edition."""
    digest = hashlib.sha256(f"{data['seed']} {domain.name} {respect}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64
