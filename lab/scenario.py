# SPDX-License-Identifier: EUPL-1.2
"""Read the scenario and expand it: from variants to domains, and from domains to servers."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lab import editions
from lab.building import Building, build
from lab.dh_groups import DH_GROUPS
from lab.plan import GOOD_TLS, Certificate, Intended, Plan, Staple, TlsProfile
from lab.population import DIMENSIONS, bulk, specials, specimens
from lab.state import SCENARIO, Status
from lab.supply import Domain, Suppliers, web_hosts

_TOP_KEYS = {
    "seed",
    "sizes",
    "groups",
    "ministries",
    "places",
    "suppliers",
    "good",
    "security_txt_texts",
    "tls_profiles",
    "intended",
    "variants",
    "special",
    "editions",
    "changes",
}
_SIZE_KEYS = {"domains", "specimens", "faults"}
_GROUP_KEYS = {"title", "weight", "faults", "organisation", "domain", "number", "answers_to_a_ministry"}
_VARIANT_KEYS = {"dimension", "what", "weight", "hides", "intended", "with_own_mx", "dns", "web", "mail", "supplier"}
_SPECIAL_KEYS = {"name", "group", "parent", "roles", "variants"}
_VERDICTS = ("non_compliant", "undetermined", "not_applicable", "compliant")  # worst first: the fold of a norm


class ScenarioError(ValueError):
    """The scenario cannot be used; the message says where and why."""


def load(path: Path, size: str, now: datetime | None = None, edition: str = "") -> Plan:
    """Read a scenario file and expand it for a size ("small", "full", "demo"), as it is or in one of its editions. Raises ScenarioError.

    The same file, size, edition and moment always give the same plan.
    """
    data = _sized(path, read(path), size)
    domains = [*specials(data, data["special"]), *(specimens(data) if data["sizes"][size]["specimens"] else ())]
    domains += bulk(data, data["sizes"][size]["domains"] - len(domains), {domain.name for domain in domains})
    building = _building(path, data, data["suppliers"], now)
    if edition:
        told = _edition(path, data, edition)
        hosts = web_hosts(build(domains, building, ()).web, data["suppliers"])
        domains = editions.domains_in(data, told, domains, hosts)
        building = _building(path, data, editions.suppliers_in(data, told), now)
    return build(domains, building, tuple(_intended(domain, data) for domain in domains if domain.is_there))


def _edition(path: Path, data: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return what the scenario says of an edition."""
    known = {one["id"]: one for one in data["editions"]}
    if name not in known:
        raise ScenarioError(f"{path}: there is no edition {name[:40]!r}; choose from {', '.join(known)}")
    told: Mapping[str, Any] = known[name]
    return told


def edition_ids(path: Path = SCENARIO) -> tuple[str, ...]:
    """List the editions of a scenario in their order. Raises ScenarioError."""
    return tuple(one["id"] for one in read(path)["editions"])


def moment_of(path: Path, edition: str, now: datetime) -> datetime:
    """Return the moment at which an edition is raised. Raises ScenarioError."""
    return editions.moment_of(_edition(path, read(path), edition), now)


def plan_of(status: Status) -> Plan:
    """Expand the scenario that a lab was raised from, as it was then. Raises ScenarioError."""
    return load(status.path, status.size, status.moment, status.edition)


def _building(path: Path, data: Mapping[str, Any], suppliers: Suppliers, now: datetime | None) -> Building:
    """Begin to build."""
    return Building(suppliers, data["security_txt_texts"], _profiles(path, data), now or datetime.now(UTC))


def _sized(path: Path, data: dict[str, Any], size: str) -> dict[str, Any]:
    """Multiply the faults of the groups as the size asks."""
    if size not in data["sizes"]:
        raise ScenarioError(f"{path}: there is no size {size!r}; choose from {', '.join(data['sizes'])}")
    factor = data["sizes"][size]["faults"]
    return {**data, "groups": {key: {**group, "faults": group["faults"] * factor} for key, group in data["groups"].items()}}


def read(path: Path) -> dict[str, Any]:
    """Read the file and refuse what is not known in it. Raises ScenarioError."""
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
    _known_specials(path, data, data["special"])
    for name, size in data["sizes"].items():
        _only(path, f"size {name}", size, _SIZE_KEYS)
    for name, group in data["groups"].items():
        _only(path, f"group {name}", group, _GROUP_KEYS)
    _known_editions(path, data)
    return data


def _known_specials(path: Path, data: Mapping[str, Any], listed: Sequence[Mapping[str, Any]]) -> None:
    """Refuse what is not known of domains that are named."""
    for special in listed:
        _only(path, f"special {special.get('name')}", special, _SPECIAL_KEYS)
        _only(path, f"special {special['name']}: variants", dict.fromkeys(special["variants"]), set(data["variants"]))


def _known_editions(path: Path, data: Mapping[str, Any]) -> None:
    """Refuse what is not known in the editions, and in the changes between them."""
    ids = {one.get("id") for one in data["editions"]}
    for edition in data["editions"]:
        where = f"edition {edition.get('id')}"
        _only(path, where, edition, editions.EDITION_KEYS)
        _known_specials(path, data, edition.get("also", ()))
        for kind, each in edition.get("suppliers", {}).items():
            _only(path, f"{where}: suppliers", {kind: each}, {"dns", "mail"})
            _only(path, f"{where}: suppliers.{kind}", each, set(data["suppliers"][kind]))
            fitting = {name for name, one in data["variants"].items() if one["dimension"] == f"{kind}_supplier"}
            _only(path, f"{where}: suppliers.{kind}", {one: kind for variants in each.values() for one in variants}, fitting)
            if kind == "dns" and next(iter(data["suppliers"]["dns"])) in each:
                raise ScenarioError(f"{path}: {where}: the first supplier of DNS has the zones of all mail suppliers, so it stays good")
    for change in data["changes"]:
        _only(path, "a change", change, editions.CHANGE_KEYS)
        _only(path, "a change: share", change["share"], ids)
        _only(path, "a change: variant", {change["variant"]: None} if "variant" in change else {}, set(data["variants"]))
        _only(path, "a change: groups", dict.fromkeys([*change.get("groups", ()), *change.get("but_not", ())]), set(data["groups"]))
        _only(path, "a change: without", dict.fromkeys(change.get("without", ())), set(DIMENSIONS))
        _only(path, "a change: domains", dict.fromkeys(change.get("domains", ())), {one["name"] for one in data["special"]})
        _only(path, "a change: web_host", {change["web_host"]: None} if "web_host" in change else {}, set(data["suppliers"]["web"]))


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
        raise ScenarioError(f"{path}: {where}: unknown {', '.join(sorted(unknown))}")


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
