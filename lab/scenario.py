# SPDX-License-Identifier: EUPL-1.2
"""Read the scenario and expand it: from variants to domains, and from domains to servers."""

import random
import tomllib
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lab.building import Building, Domain, build
from lab.dh_groups import DH_GROUPS
from lab.plan import GOOD_TLS, Certificate, Intended, Plan, Staple, TlsProfile

_TOP_KEYS = {
    "seed",
    "sizes",
    "groups",
    "places",
    "suppliers",
    "good",
    "security_txt_texts",
    "tls_profiles",
    "intended",
    "variants",
    "special",
}
_VARIANT_KEYS = {"dimension", "what", "weight", "hides", "intended", "with_own_mx", "dns", "web", "mail"}
_SPECIAL_KEYS = {"name", "group", "parent", "roles", "variants"}
_OF_WEBSITE = ("web", "tls", "web6", "hsts", "security_txt", "headers", "compression", "rpki")
_DIMENSIONS = ("ns", "signing", *_OF_WEBSITE, "mx", "spf", "dkim", "dmarc", "caa", "web_dane")
_INHERITED = {"signing", "ns", "caa"}  # what holds for the zone holds for the names in it
_VERDICTS = ("non_compliant", "undetermined", "not_applicable", "compliant")  # worst first: the fold of a norm
_ROLES = ("web", "mail")
# The part of the bulk that is not an apex with both roles.
_WEB_ONLY, _SUBDOMAIN = 0.18, 0.17


class ScenarioError(ValueError):
    """The scenario cannot be used; the message says where and why."""


def load(path: Path, size: str, now: datetime | None = None) -> Plan:
    """Read a scenario file and expand it for a size ("small", "full"). Raises ScenarioError.

    The same file, size and moment always give the same plan.
    """
    data = _read(path)
    if size not in data["sizes"]:
        raise ScenarioError(f"{path}: there is no size {size!r}; choose from {', '.join(data['sizes'])}")
    domains = [*_specials(data), *_alone(data)]
    domains += _bulk(data, data["sizes"][size] - len(domains), {domain.name for domain in domains})
    building = Building(data["suppliers"], data["security_txt_texts"], _profiles(path, data), now or datetime.now(UTC))
    return build(domains, building, tuple(_intended(domain, data) for domain in domains))


def _read(path: Path) -> dict[str, Any]:
    """Read the file and refuse what is not known in it."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ScenarioError(f"{path}: {error}") from error
    _only(path, "the scenario", data, _TOP_KEYS)
    if missing := _TOP_KEYS - set(data):
        raise ScenarioError(f"{path}: {', '.join(sorted(missing))} missing")
    for name, variant in data["variants"].items():
        _only(path, f"variant {name}", variant, _VARIANT_KEYS)
        for key, verdict in (*variant.get("intended", {}).items(), *variant.get("with_own_mx", {}).items()):
            if (key != "*" and key.partition("@")[0] not in data["intended"]) or verdict not in _VERDICTS:
                raise ScenarioError(f"{path}: variant {name}: no such intended verdict: {key} = {verdict}")
        for part in ("dns", "web", "mail"):
            _only(path, f"variant {name}.{part}", variant.get(part, {}), set(data["good"][part]))
        if variant.get("web", {}).get("tls", GOOD_TLS.name) not in {GOOD_TLS.name, *data["tls_profiles"]}:
            raise ScenarioError(f"{path}: variant {name}: no such TLS profile: {variant['web']['tls']}")
    for special in data["special"]:
        _only(path, f"special {special.get('name')}", special, _SPECIAL_KEYS)
        if unknown := set(special["variants"]) - set(data["variants"]):
            raise ScenarioError(f"{path}: special {special['name']}: no such variant: {', '.join(sorted(unknown))}")
    return data


def _profiles(path: Path, data: Mapping[str, Any]) -> dict[str, TlsProfile]:
    """Lay every TLS profile over the good one."""
    made = {GOOD_TLS.name: GOOD_TLS}
    for name, told in data["tls_profiles"].items():
        _only(path, f"TLS profile {name}", told, {one.name for one in fields(TlsProfile)} - {"name"})
        read: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in told.items()}
        read |= {key: kind(told[key]) for key, kind in (("also", Certificate), ("staple", Staple)) if key in told}
        if read.get("dh", "") not in {"", *DH_GROUPS}:
            raise ScenarioError(f"{path}: TLS profile {name}: no such DH group: {read['dh']}")
        made[name] = replace(GOOD_TLS, name=name, **read)
    return made


def _only(path: Path, where: str, given: Mapping[str, Any], known: set[str]) -> None:
    """Refuse unknown keys: a word misspelt would silently mean "good"."""
    if unknown := set(given) - known:
        raise ScenarioError(f"{path}: {where}: unknown key {', '.join(sorted(unknown))}")


def _specials(data: Mapping[str, Any]) -> list[Domain]:
    """Make the domains that the scenario names."""
    made: dict[str, Domain] = {}
    for special in data["special"]:
        parent = made.get(special.get("parent", ""))
        group = parent.group if parent else data["groups"][special["group"]]["title"]
        organisation = parent.organisation if parent else _organisation_of(special["name"])
        variants = tuple(special["variants"])
        config = _configured(data, variants)
        if parent:
            config["dns"] = parent.config["dns"]
        inherited = tuple(one for one in parent.variants if data["variants"][one]["dimension"] in _INHERITED) if parent else ()
        made[special["name"]] = Domain(
            special["name"],
            organisation,
            group,
            tuple(special.get("roles", _ROLES)),
            (*inherited, *variants),
            parent.name if parent else "",
            config,
        )
    return list(made.values())


def _organisation_of(domain: str) -> str:
    """Name an organisation after its domain: "gemeente-duinrade.nl" is of Gemeente Duinrade."""
    return " ".join(word.capitalize() for word in domain.rpartition(".")[0].split("-"))


def _alone(data: Mapping[str, Any]) -> Iterator[Domain]:
    """Make a domain for each variant that no special has by itself, so that every variant is measured alone."""
    named = {variant for special in data["special"] for variant in special["variants"] if len(special["variants"]) == 1}
    groups = list(data["groups"].values())
    places = data["places"]["first"]
    for number, (name, variant) in enumerate(data["variants"].items()):
        if name in named or variant["dimension"] == "inherited":
            continue
        group = groups[number % len(groups)]
        place = places[number % len(places)]
        slug = f"{place.lower()}-{name}"
        organisation = group["organisation"].format(place=f"{place}proef")
        yield Domain(f"{slug}.nl", organisation, group["title"], _ROLES, (name,), "", _configured(data, (name,)))


def _bulk(data: Mapping[str, Any], count: int, taken: set[str]) -> list[Domain]:
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
            roles = ("web",) if kind > 1 - _WEB_ONLY else _ROLES
            domain = _apex(data, group, roles, chance)
        if domain.name in taken:
            continue
        taken.add(domain.name)
        made.append(domain)
        if not domain.parent and "not-delegated" not in domain.variants:
            apexes.append(domain)
    return made


def _apex(data: Mapping[str, Any], group: Mapping[str, Any], roles: tuple[str, ...], chance: random.Random) -> Domain:
    """Make a domain with a zone of its own."""
    place = chance.choice(data["places"]["first"]) + chance.choice(data["places"]["last"])
    name = group["domain"].format(slug=place.lower())
    if roles == ("web",):
        name = f"{chance.choice(['nieuws', 'werkenbij', 'omgevingsvisie', 'samen', 'agenda', 'ondernemen'])}-{name}"
    variants = _drawn(data, _DIMENSIONS, group["faults"], chance)
    return Domain(name, group["organisation"].format(place=place), group["title"], roles, variants, "", _configured(data, variants))


def _subdomain(data: Mapping[str, Any], parent: Domain, chance: random.Random) -> Domain:
    """Make a website below a domain, in the zone of that domain."""
    host = chance.choice(["www", "mijn", "loket", "formulieren", "kaart", "archief"])
    faults = next(group["faults"] for group in data["groups"].values() if group["title"] == parent.group)
    # A subdomain without a website would have no record at all, so not exist.
    own = tuple(one for one in _drawn(data, _OF_WEBSITE, faults, chance) if one != "no-web")
    kept = tuple(one for one in parent.variants if data["variants"][one]["dimension"] in _INHERITED)
    config = _configured(data, own)
    config["dns"] = parent.config["dns"]
    return Domain(f"{host}.{parent.name}", parent.organisation, parent.group, ("web",), (*kept, *own), parent.name, config)


def _drawn(data: Mapping[str, Any], dimensions: tuple[str, ...], faults: float, chance: random.Random) -> tuple[str, ...]:
    """Draw at most one variant per dimension, leaving out what another hides. Harmless variants are drawn as often as faults."""
    chosen: list[str] = []
    hidden: set[str] = set()
    for dimension in dimensions:
        known = [(name, one) for name, one in data["variants"].items() if one["dimension"] == dimension and one.get("weight")]
        departs = chance.random() < min(1.0, faults * 2)
        if dimension in hidden or not known or not departs:
            continue
        candidates = [(name, one) for name, one in known if not _hides_chosen(one, chosen, data)]
        if not candidates:
            continue
        name, variant = chance.choices(candidates, [one["weight"] for _, one in candidates])[0]
        chosen.append(name)
        hidden |= set(variant.get("hides", ()))
    return tuple(chosen)


def _hides_chosen(variant: Mapping[str, Any], chosen: list[str], data: Mapping[str, Any]) -> bool:
    """Whether a variant would hide one that was already drawn."""
    return any(data["variants"][name]["dimension"] in variant.get("hides", ()) for name in chosen)


def _configured(data: Mapping[str, Any], variants: tuple[str, ...]) -> dict[str, Any]:
    """Lay the variants over the good configuration."""
    config: dict[str, Any] = deepcopy(data["good"])
    for name in variants:
        for part in ("dns", "web", "mail"):
            config[part].update(deepcopy(data["variants"][name].get(part, {})))
    return config


def _intended(domain: Domain, data: Mapping[str, Any]) -> Intended:
    """Fold the intended verdicts of the variants of a domain: per key the worst that is mentioned, else what good deserves."""
    said: dict[str, list[str]] = {}
    has_own_mx = any(entry.endswith("{domain}") for entry in domain.config["mail"]["mx"])
    for name in domain.variants:
        variant = data["variants"][name]
        for key, verdict in (*variant.get("intended", {}).items(), *(variant.get("with_own_mx", {}).items() if has_own_mx else ())):
            keys = [key] if key != "*" else [one for one, usual in data["intended"].items() if usual != "not_applicable"]
            for one in keys:
                said.setdefault(one, []).append(verdict)
    verdicts = {**data["intended"], **{key: min(each, key=_VERDICTS.index) for key, each in said.items()}}
    if "not-delegated" in domain.variants:
        verdicts = dict.fromkeys(data["intended"], "not_applicable")
    own = {key: verdict for key, verdict in sorted(verdicts.items()) if key.partition(".")[0] in domain.roles}
    return Intended(domain.name, domain.organisation, domain.group, domain.roles, domain.variants, own)
