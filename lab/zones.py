# SPDX-License-Identifier: EUPL-1.2
"""Zone files of the whole lab: a signed root, its top-level domains, suppliers and domains, with their DS records and glue."""

import os
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime
from pathlib import Path

from lab.dnssec import ds_of, make_key, signed_zone
from lab.plan import ROOT_ADDRESSES, TLD_ADDRESSES, NameServer, Plan, Record, Signing, Zone
from lab.tlsa import filled

_ROOT_SERVER = NameServer("a.root-servers.net", ROOT_ADDRESSES)
_KEY = "meetlat lab zone key"
_WRONG_KEY = "meetlat lab key that signs nothing"
_SHARE = 150
_HAS_DS = set(Signing) - {Signing.UNSIGNED}


def write(plan: Plan, state: Path, now: datetime) -> None:
    """Write state/zones/NAME.zone for every zone, state/root.hints and state/trust-anchor. The certificates must be there."""
    folder = state / "zones"
    folder.mkdir(exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    zones = all_zones(plan)
    delegations = _delegations(zones)
    work = [(zone, [*_apex(zone), *zone.records, *delegations[zone.name]]) for zone in zones]
    shares = [work[start : start + _SHARE] for start in range(0, len(work), _SHARE)]
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(_write_share, shares, [state] * len(shares), [now] * len(shares)))
    hints = [f". 3600 IN NS {_ROOT_SERVER.name}."]
    hints += [f"{_ROOT_SERVER.name}. 3600 IN {_family(address)} {address}" for address in ROOT_ADDRESSES]
    (state / "root.hints").write_text("\n".join(hints) + "\n", encoding="utf-8")
    (state / "trust-anchor").write_text(f". IN DS {ds_of('', make_key(_KEY))}\n", encoding="utf-8")


def all_zones(plan: Plan) -> list[Zone]:
    """Return the zones of the plan with the root and the top-level domains that they need."""
    tops = sorted({zone.name.rpartition(".")[2] for zone in plan.zones})
    made = [Zone(top, (NameServer(f"ns1.nic.{top}", TLD_ADDRESSES),), ()) for top in tops]
    root_records = tuple(Record(_ROOT_SERVER.name, _family(address), address) for address in ROOT_ADDRESSES)
    return [Zone("", (_ROOT_SERVER,), root_records), *made, *plan.zones]


def zone_file(folder: Path, zone: str) -> Path:
    """Return where the file of a zone stands."""
    return folder / f"{zone or 'root'}.zone"


def _write_share(share: Sequence[tuple[Zone, list[Record]]], state: Path, now: datetime) -> None:
    """Sign and write some zones; runs in a process of its own."""
    key = make_key(_KEY)
    for zone, records in share:
        whole = [filled(record, state) for record in records]
        zone_file(state / "zones", zone.name).write_text(signed_zone(zone.name, whole, zone.signing, key, now), encoding="utf-8")


def _apex(zone: Zone) -> list[Record]:
    """Make the SOA and NS records of a zone, and the addresses of name servers that are named inside it."""
    soa = f"{zone.servers[0].name}. hostmaster.{zone.name or 'root-servers.net'}. 1 7200 3600 1209600 300"
    records = [Record(zone.name, "SOA", soa)]
    records += [Record(zone.name, "NS", f"{server.name}.") for server in zone.servers]
    if zone.name:
        known = {record.name for record in zone.records}
        records += [one for one in _addresses(zone) if one.name not in known]
    return records


def _addresses(zone: Zone) -> list[Record]:
    """Make the address records of the name servers that lie within a zone."""
    inside = [server for server in zone.servers if server.name.endswith("." + zone.name)]
    return [Record(server.name, _family(address), address) for server in inside for address in server.addresses]


def _delegations(zones: Sequence[Zone]) -> dict[str, list[Record]]:
    """Make, for each parent, the NS, DS and glue records of its children."""
    names = {zone.name for zone in zones}
    key, wrong = make_key(_KEY), make_key(_WRONG_KEY)
    given: dict[str, list[Record]] = defaultdict(list)
    for zone in zones:
        if not zone.name:
            continue
        parent = zone.name.partition(".")[2]
        while parent and parent not in names:
            parent = parent.partition(".")[2]
        given[parent] += [Record(zone.name, "NS", f"{server.name}.") for server in zone.servers]
        given[parent] += _addresses(zone)
        if zone.signing in _HAS_DS:
            given[parent].append(Record(zone.name, "DS", ds_of(zone.name, wrong if zone.signing is Signing.WRONG_DS else key)))
    return given


def _family(address: str) -> str:
    """Return the record type for an address."""
    return "AAAA" if ":" in address else "A"
