# SPDX-License-Identifier: EUPL-1.2
"""The domains of the fictional government: those that the scenario names, one for each variant, and the bulk, made by chance."""

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from typing import Any

from lab.supply import Domain

OF_WEBSITE = ("web", "tls", "web6", "hsts", "security_txt", "headers", "compression", "rpki")
DIMENSIONS = ("ns", "signing", *OF_WEBSITE, "mx", "spf", "dkim", "dmarc", "caa", "web_dane")
INHERITED = {"signing", "ns", "caa"}  # what holds for the zone holds for the names in it
ROLES = ("web", "mail")
_NOT_ALONE = {"inherited", "mail_supplier", "dns_supplier"}  # what such a variant deserves depends on another
# The part of the bulk that is not an apex with both roles.
_WEB_ONLY, _SUBDOMAIN = 0.18, 0.17


def specials(data: Mapping[str, Any], listed: Sequence[Mapping[str, Any]]) -> list[Domain]:
    """Make domains that are named, with what they have."""
    made: dict[str, Domain] = {}
    for special in listed:
        variants = tuple(special["variants"])
        roles = tuple(special.get("roles", ROLES))
        parent = made.get(special.get("parent", ""))
        if parent:
            made[special["name"]] = below(data, special["name"], parent, roles, variants)
            continue
        group = data["groups"][special["group"]]["title"]
        organisation = _organisation_of(special["name"])
        made[special["name"]] = Domain(special["name"], organisation, group, roles, variants, "", configured(data, variants))
    return list(made.values())


def below(data: Mapping[str, Any], name: str, parent: Domain, roles: tuple[str, ...], own: tuple[str, ...]) -> Domain:
    """Make a domain in the zone of another: it has variants of its own, and those of the zone."""
    kept = tuple(one for one in parent.variants if data["variants"][one]["dimension"] in INHERITED)
    config = configured(data, own)
    config["dns"] = parent.config["dns"]
    return Domain(name, parent.organisation, parent.group, roles, (*kept, *own), parent.name, config)


def _organisation_of(domain: str) -> str:
    """Name an organisation after its domain: "gemeente-duinrade.nl" is of Gemeente Duinrade."""
    return " ".join(word.capitalize() for word in domain.rpartition(".")[0].split("-"))


def specimens(data: Mapping[str, Any]) -> Iterator[Domain]:
    """Make a domain for each variant that no special has by itself, so that every variant is measured alone."""
    named = {variant for special in data["special"] for variant in special["variants"] if len(special["variants"]) == 1}
    groups = list(data["groups"].values())
    places = data["places"]["first"]
    for number, (name, variant) in enumerate(data["variants"].items()):
        if name in named or variant["dimension"] in _NOT_ALONE:
            continue
        group = groups[number % len(groups)]
        place = places[number % len(places)]
        slug = f"{place.lower()}-{name}"
        organisation = group["organisation"].format(place=f"{place}proef")
        yield Domain(f"{slug}.nl", organisation, group["title"], ROLES, (name,), "", configured(data, (name,)))


def bulk(data: Mapping[str, Any], count: int, taken: set[str]) -> list[Domain]:
    """Make the rest by chance, the same chance every time."""
    chance = random.Random(data["seed"])  # noqa: S311 - repeatable on purpose, no secret
    groups, weights = list(data["groups"].values()), [group["weight"] for group in data["groups"].values()]
    made: list[Domain] = []
    apexes: list[Domain] = []
    while len(made) < count:
        kind = chance.random()
        if kind < _SUBDOMAIN and apexes:
            domain = _subdomain(data, chance.choice(apexes), chance)
        else:
            group = chance.choices(groups, weights)[0]
            roles = ("web",) if kind > 1 - _WEB_ONLY else ROLES
            domain = _apex(data, group, roles, chance)
        if domain.name in taken:
            continue
        taken.add(domain.name)
        made.append(replace(domain, is_drawn=True))
        if not domain.parent and "not-delegated" not in domain.variants:
            apexes.append(domain)
    return made


def _apex(data: Mapping[str, Any], group: Mapping[str, Any], roles: tuple[str, ...], chance: random.Random) -> Domain:
    """Make a domain with a zone of its own."""
    place = chance.choice(data["places"]["first"]) + chance.choice(data["places"]["last"])
    name = group["domain"].format(slug=place.lower())
    if roles == ("web",):
        name = f"{chance.choice(['nieuws', 'werkenbij', 'omgevingsvisie', 'samen', 'agenda', 'ondernemen'])}-{name}"
    variants = _drawn(data, DIMENSIONS, group["faults"], chance)
    return Domain(name, group["organisation"].format(place=place), group["title"], roles, variants, "", configured(data, variants))


def _subdomain(data: Mapping[str, Any], parent: Domain, chance: random.Random) -> Domain:
    """Make a website below a domain, in the zone of that domain."""
    host = chance.choice(["www", "mijn", "loket", "formulieren", "kaart", "archief"])
    faults = next(group["faults"] for group in data["groups"].values() if group["title"] == parent.group)
    # A subdomain without a website would have no record at all, so not exist.
    own = tuple(one for one in _drawn(data, OF_WEBSITE, faults, chance) if one != "no-web")
    return below(data, f"{host}.{parent.name}", parent, ("web",), own)


def _drawn(data: Mapping[str, Any], dimensions: tuple[str, ...], faults: float, chance: random.Random) -> tuple[str, ...]:
    """Draw at most one variant per dimension, leaving out what another hides. Harmless variants are drawn as often as faults."""
    chosen: list[str] = []
    hidden: set[str] = set()
    for dimension in dimensions:
        known = [(name, one) for name, one in data["variants"].items() if one["dimension"] == dimension and one.get("weight")]
        departs = chance.random() < min(1.0, faults * 2)
        if dimension in hidden or not known or not departs:
            continue
        candidates = [(name, one) for name, one in known if not hides_any(data, one, chosen)]
        if not candidates:
            continue
        name, variant = chance.choices(candidates, [one["weight"] for _, one in candidates])[0]
        chosen.append(name)
        hidden |= set(variant.get("hides", ()))
    return tuple(chosen)


def hides_any(data: Mapping[str, Any], variant: Mapping[str, Any], chosen: Iterable[str]) -> bool:
    """Whether a variant would hide one of those that were chosen."""
    return any(data["variants"][name]["dimension"] in variant.get("hides", ()) for name in chosen)


def configured(data: Mapping[str, Any], variants: tuple[str, ...]) -> dict[str, Any]:
    """Lay the variants over the good configuration."""
    config: dict[str, Any] = deepcopy(data["good"])
    for name in variants:
        for part in ("dns", "web", "mail"):
            config[part].update(deepcopy(data["variants"][name].get(part, {})))
    return config
