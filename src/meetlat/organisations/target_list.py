# SPDX-License-Identifier: EUPL-1.2
"""The list of targets that the registers give on a day, and every name that is not on it with the reason."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum

from meetlat.model.domain import Domain
from meetlat.model.organisation import Listed, Organisation, RegisteredDomain
from meetlat.model.target import Listing, Role
from meetlat.organisations.grouping import Groups
from meetlat.organisations.history import AsOf


class LeftOut(Enum):
    """Why a name is not a target; of a name with several lines, the first of these counts."""

    HOLDER_NOT_THERE = "holder_not_there"
    NO_GROUP = "no_group"
    PURPOSE_NOT_MEASURED = "purpose_not_measured"
    PURPOSE_NOT_KNOWN = "purpose_not_known"


@dataclass(frozen=True, slots=True)
class TargetList:
    """The lines, sorted by name, and per reason the names that are left out. Together they are all names that were held on the day."""

    listings: tuple[Listing, ...]
    left_out: Mapping[LeftOut, tuple[str, ...]]


def target_list(stood: AsOf, groups: Groups, purposes: Mapping[str, tuple[Role, ...]]) -> TargetList:
    """Make the list: the roles follow from the purposes of a name; it is whose the host is, and else whose the registration is."""
    names = _names(stood.organisations.values())
    listings: list[Listing] = []
    left_out: dict[LeftOut, list[str]] = {reason: [] for reason in LeftOut}
    for domain, lines in _by_name(stood.domains).items():
        made = _listing(lines, stood.organisations, groups, purposes)
        if isinstance(made, LeftOut):
            left_out[made].append(domain.name)
        else:
            holder, group, roles = made
            listings.append(Listing(domain, names[holder.id], group, roles, holder.id, holder.ministry))
    return TargetList(tuple(listings), {reason: tuple(found) for reason, found in left_out.items()})


def _listing(
    lines: Iterable[RegisteredDomain],
    organisations: Mapping[str, Organisation],
    groups: Groups,
    purposes: Mapping[str, tuple[Role, ...]],
) -> tuple[Organisation, str, tuple[Role, ...]] | LeftOut:
    """Return the holder, group and roles of one name, or why it is left out; ``lines`` are all of that name."""
    reasons: list[LeftOut] = []
    chosen: tuple[Organisation, str] | None = None
    roles: set[Role] = set()
    for line in sorted(lines, key=lambda one: one.listed is not Listed.HOST):
        given = purposes.get((line.purpose or "").casefold())
        holder = organisations.get(line.holder)
        group = groups.group_of(holder, organisations) if holder is not None else None
        if not given:
            reasons.append(LeftOut.PURPOSE_NOT_KNOWN if given is None else LeftOut.PURPOSE_NOT_MEASURED)
        elif holder is None:
            reasons.append(LeftOut.HOLDER_NOT_THERE)
        elif group is None:
            reasons.append(LeftOut.NO_GROUP)
        else:
            chosen = chosen or (holder, group)
            roles.update(given)
    if chosen is None:
        return next(reason for reason in LeftOut if reason in reasons)
    return *chosen, tuple(role for role in Role if role in roles)


def _by_name(lines: Iterable[RegisteredDomain]) -> dict[Domain, list[RegisteredDomain]]:
    """Gather the lines of each name, sorted by name."""
    found: dict[Domain, list[RegisteredDomain]] = {}
    for line in lines:
        found.setdefault(line.domain, []).append(line)
    return dict(sorted(found.items()))


def _names(organisations: Iterable[Organisation]) -> dict[str, str]:
    """Return what each organisation is called in the list: figures are counted by name, so those of one name get their id behind it."""
    everyone = tuple(organisations)
    count = Counter(one.name for one in everyone)
    return {one.id: one.name if count[one.name] == 1 else f"{one.name} ({one.id.rstrip('/').rpartition('/')[2]})" for one in everyone}
