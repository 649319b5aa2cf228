# SPDX-License-Identifier: EUPL-1.2
"""A measurement of many targets: shard by shard, resumable, then judged."""

import asyncio
import resource
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from meetlat.engine.fixed_point import CONFIRM_AFTER_SECONDS, OF_MAIL_SERVERS, Shared, observe
from meetlat.engine.judge import judge
from meetlat.model.evidence import Evidence, Failure, Observation
from meetlat.model.judgement import Judgement
from meetlat.model.norm import Norm
from meetlat.model.standard import Standard
from meetlat.model.target import Listing, Role
from meetlat.probes.failing import NoAnswerError
from meetlat.probes.gate import Gate
from meetlat.probes.prober import Prober, prober
from meetlat.probes.resolver import Resolver
from meetlat.probes.unbound import ResolverError, ResolverFault, own_unbound
from meetlat.store.evidence import read_observations, read_shard, write_shard
from meetlat.store.folder import finished_shards, read_listings
from meetlat.store.judgements import write_judgements
from meetlat.store.manifest import Manifest, seal

SHARD_SIZE = 100
# One silent server keeps its shard open for most of a minute; the others must not wait for that.
_SHARDS_AT_ONCE = 32
Progress = Callable[[int], None]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Pace:
    """How a run is carried out: domains in flight, how long after a failure it is asked again, and who is told of each domain done."""

    in_flight: int = 3_000
    confirm_after: float = CONFIRM_AFTER_SECONDS
    progress: Progress = lambda _done: None


def sharded(listings: Sequence[Listing], size: int = SHARD_SIZE) -> list[list[Listing]]:
    """Divide listings into shards, always in the same way: domains with mail first, then by name.

    A mail server is asked once a second and may be silent for a minute: what takes longest begins first.
    """
    ordered = sorted(listings, key=lambda listing: (Role.MAIL not in listing.roles, listing.domain))
    return [ordered[start : start + size] for start in range(0, len(ordered), size)]


@asynccontextmanager
async def connected(gate: Gate, resolver: tuple[str, int] | None, *, thorough: bool = False) -> AsyncIterator[Prober]:
    """Make the probes, with an Unbound of our own unless another resolver is named."""
    if resolver is not None:
        async with prober(gate, resolver, thorough=thorough) as probes:
            yield probes
        return
    async with own_unbound(gate.network, ipv6=gate.has_ipv6) as own, prober(gate, own, thorough=thorough) as probes:
        yield probes


async def measure(
    folder: Path, shards: Sequence[Sequence[Listing]], standards: Sequence[Standard], probes: Prober, pace: Pace
) -> Mapping[str, float]:
    """Observe every target of the shards that are not finished yet, and write each shard when it is whole. Return what it cost.

    Cancelling loses at most the shards in hand. Raises ResolverError when the resolver has died: a shard full of unknowns helps nobody.
    """
    done = finished_shards(folder)
    shared = Shared(probes.observe)
    for number in sorted(done):
        shared.remember(seen for seen in read_observations(folder, number) if seen.need.kind in OF_MAIL_SERVERS)
        pace.progress(len(shards[number]))
    shards_at_once = asyncio.Semaphore(_SHARDS_AT_ONCE)
    domains_at_once = asyncio.Semaphore(pace.in_flight)
    began, cpu_began = time.monotonic(), _cpu_seconds()

    async def one_domain(listing: Listing) -> Evidence:
        async with domains_at_once:
            evidence = await observe(listing, standards, shared, pace.confirm_after)
        pace.progress(1)
        return evidence

    async def one_shard(number: int) -> None:
        async with shards_at_once:
            collected = await _gathered([one_domain(listing) for listing in shards[number]])
            observations = {(seen.need, seen.attempt): seen for evidence in collected for seen in evidence}
            await _refuse_dead_resolver(observations.values(), probes.resolver)
            await asyncio.to_thread(write_shard, folder, number, list(observations.values()))
            shared.forget(observations.values())

    await _gathered([one_shard(number) for number in range(len(shards)) if number not in done])
    return {
        "wall_seconds": round(time.monotonic() - began, 3),
        "cpu_seconds": round(_cpu_seconds() - cpu_began, 3),
        "domains_measured": sum(len(shard) for number, shard in enumerate(shards) if number not in done),
        "connections": probes.gate.counts.connections,
        "datagrams": probes.gate.counts.datagrams,
        "dns_questions": probes.resolver.questions if probes.resolver else 0,
        "refused_by_us": probes.gate.counts.refused_by_us,
        "peak_memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
    }


async def _refuse_dead_resolver(observations: Iterable[Observation], resolver: Resolver | None) -> None:
    """Raise ResolverError when the resolver failed on most of what was asked, or on anything and is gone now: that is our failure.

    As long as it answers, a single failure may be a peculiar answer; that stays one unknown.
    """
    asked = [seen for seen in observations if seen.need.kind == "dns"]
    failed = [seen for seen in asked if seen.failure in {Failure.RESOLVER_DOWN, Failure.DNS_TIMEOUT} and seen.is_confirmed]
    down = [seen for seen in failed if seen.failure is Failure.RESOLVER_DOWN]
    if len(down) * 2 > len({seen.need for seen in asked}):
        raise ResolverError(ResolverFault.DIED, down[0].detail)
    if failed and resolver is not None:
        try:
            await resolver.ask("", "NS")  # which it knows by heart, so that nobody else is asked
        except NoAnswerError as error:
            raise ResolverError(ResolverFault.DIED, error.detail) from error


async def _gathered(work: Sequence[Coroutine[object, object, T]]) -> list[T]:
    """Do all at once; when one fails or all are cancelled, no task is left behind."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one) for one in work]
    return [task.result() for task in tasks]


def finish(
    folder: Path,
    standards: Sequence[Standard],
    norms: Mapping[str, Norm],
    costs: Mapping[str, float],
    progress: Progress = lambda _done: None,
) -> Manifest:
    """Judge what was observed, write findings and verdicts, and seal the folder; ``progress`` is told of each domain judged."""
    write_judgements(folder, judged(folder, standards, norms, progress))
    return seal(folder, datetime.now(UTC), costs)


def judged(
    folder: Path, standards: Sequence[Standard], norms: Mapping[str, Norm], progress: Progress = lambda _done: None
) -> Iterator[tuple[Listing, Sequence[Judgement]]]:
    """Judge every target of a measurement on its evidence, one shard in memory at a time."""
    for number, listings in enumerate(read_listings(folder)):
        evidence = read_shard(folder, number)
        for listing in listings:
            yield listing, [found for target in listing.targets() for found in judge(target, evidence, standards, norms)]
            progress(1)


def _cpu_seconds() -> float:
    """Return the CPU seconds of this process so far, children not included."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
