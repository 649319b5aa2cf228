# SPDX-License-Identifier: EUPL-1.2
"""What is known of the fictional government beside its domains: the list of targets, and the names of suppliers."""

import csv
import io
from collections.abc import Mapping
from typing import Any
from zlib import crc32

from lab.plan import Plan
from lab.supply import web_networks

_COLUMNS = ("domain", "organisation", "group", "roles", "organisation_id", "ministry")
_IDENTIFIER = "https://identifier.example/tooi/id/{number}{place:04d}"  # a name of RFC 2606: nobody has these
_OTHERS = 5000  # from here on the numbers of those that no place of the scenario gave their name


def targets(plan: Plan, data: Mapping[str, Any]) -> str:
    """Write the list of targets as CSV."""
    groups = {group["title"]: group for group in data["groups"].values()}
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for one in plan.intended:
        group = groups[one.group]
        place = _place(one.organisation, group, data)
        ministries = data["ministries"]["names"]
        ministry = ministries[place % len(ministries)] if group.get("answers_to_a_ministry") else ""
        identifier = _IDENTIFIER.format(number=group["number"], place=place)
        writer.writerow([one.domain, one.organisation, one.group, " ".join(one.roles), identifier, ministry])
    return text.getvalue()


def _place(organisation: str, group: Mapping[str, Any], data: Mapping[str, Any]) -> int:
    """Return a number that an organisation has alone in its group, in every size and edition."""
    before, _, behind = group["organisation"].partition("{place}")
    name = organisation.removeprefix(before).removesuffix(behind)
    firsts, lasts = data["places"]["first"], [*data["places"]["last"], "proef"]
    places = [first + last for first in firsts for last in lasts]
    return places.index(name) + 1 if name in places else _OTHERS + crc32(organisation.encode()) % (10_000 - _OTHERS)


def named_suppliers(data: Mapping[str, Any]) -> str:
    """Write the names of the suppliers with what they are known by, as ``meetlat causes --suppliers`` reads it."""
    suppliers = data["suppliers"]
    domains: dict[str, list[str]] = {}
    for kind in ("dns", "mail"):
        for key, one in suppliers[kind].items():
            domains.setdefault(key, []).append(one["domain"])
    networks = web_networks(suppliers)
    lines = ["# The suppliers of the lab. All of them are made up."]
    for key in dict.fromkeys([*domains, *networks]):
        name = suppliers["web"].get(key, {}).get("name") or key.capitalize()
        lines += ["", f"[suppliers.{key}]", f'name = "{name}"']
        lines += [f"domains = {_listed(domains[key])}"] if key in domains else []
        lines += [f"networks = {_listed([f'AS{number}' for number in networks[key]])}"] if key in networks else []
    return "\n".join(lines) + "\n"


def _listed(texts: list[str]) -> str:
    """Write a list as TOML does."""
    return "[" + ", ".join(f'"{text}"' for text in texts) + "]"
