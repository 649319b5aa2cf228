# SPDX-License-Identifier: EUPL-1.2
"""A run over shards: what is written, and what stops it."""

import asyncio
from datetime import UTC, datetime

import pytest

from meetlat.engine.run import Pace, measure, sharded
from meetlat.model.domain import Domain
from meetlat.model.evidence import Failure, Need, Observation
from meetlat.model.target import Listing, Role
from meetlat.probes.failing import NoAnswerError
from meetlat.probes.gate import Gate
from meetlat.probes.network import Network
from meetlat.probes.prober import Prober
from meetlat.probes.unbound import ResolverError
from meetlat.store.evidence import read_shard
from meetlat.store.folder import create, finished_shards
from meetlat.store.run import plan_run

LISTINGS = [Listing(Domain(f"gemeente-{number:02}.example"), "Gemeente Duinrade", "Gemeenten", (Role.WEB,)) for number in range(7)]
NOW = datetime(2026, 6, 1, tzinfo=UTC)


class Told(Prober):
    """A prober that is told what to answer, and counts what it was asked."""

    def __init__(self, failure: Failure | None = None) -> None:
        super().__init__({}, Gate(Network()))
        self.asked: list[Need] = []
        self._failure = failure

    async def observe(self, need: Need, attempt: int = 1) -> Observation:
        """Answer NXDOMAIN, or fail."""
        self.asked.append(need)
        if self._failure:
            return Observation(need, NOW, failure=self._failure, attempt=attempt)
        return Observation(need, NOW, answer={"rcode": "NXDOMAIN", "security": "secure", "records": []}, attempt=attempt)


def run(folder, probes, shards):
    """Carry out a run without standards, so that only the existence of each domain is asked."""
    return asyncio.run(measure(folder, shards, (), probes, Pace(confirm_after=0)))


def test_every_shard_is_written_and_the_costs_are_told(tmp_path):
    """All domains are asked, each shard has its file, and the costs say how many domains were measured."""
    shards = sharded(LISTINGS, 3)
    create(tmp_path / "m", plan_run(NOW, "lab", (), {}, 3), shards)
    costs = run(tmp_path / "m", Told(), shards)
    assert finished_shards(tmp_path / "m") == {0, 1, 2}
    assert costs["domains_measured"] == 7
    assert len(read_shard(tmp_path / "m", 0)) == 3


def test_a_resumed_run_asks_only_for_the_shards_that_are_missing(tmp_path):
    """A shard that was finished is not measured again."""
    shards = sharded(LISTINGS, 3)
    create(tmp_path / "m", plan_run(NOW, "lab", (), {}, 3), shards)
    run(tmp_path / "m", Told(), shards)
    (tmp_path / "m" / "evidence" / "shard-00001.parquet").unlink()
    again = Told()
    costs = run(tmp_path / "m", again, shards)
    assert sorted(need.subject for need in again.asked) == [listing.domain.name for listing in shards[1]]
    assert costs["domains_measured"] == 3


def test_a_dead_resolver_stops_the_run_and_leaves_nothing_half(tmp_path):
    """When our own resolver is gone, no shard full of unknowns is written."""
    shards = sharded(LISTINGS, 3)
    create(tmp_path / "m", plan_run(NOW, "lab", (), {}, 3), shards)
    with pytest.raises(ExceptionGroup) as stopped:
        run(tmp_path / "m", Told(Failure.RESOLVER_DOWN), shards)
    assert stopped.group_contains(ResolverError)
    assert finished_shards(tmp_path / "m") == set()


def test_what_theirs_does_not_answer_does_not_stop_the_run(tmp_path):
    """Silent name servers are a result like any other."""
    shards = sharded(LISTINGS, 3)
    create(tmp_path / "m", plan_run(NOW, "lab", (), {}, 3), shards)
    run(tmp_path / "m", Told(Failure.SERVFAIL), shards)
    assert finished_shards(tmp_path / "m") == {0, 1, 2}


class Fate(Told):
    """A prober whose resolver fails on the first domain only, and then answers the question for the root, or is gone."""

    def __init__(self, failure: Failure, *, gone: bool) -> None:
        super().__init__()
        self.resolver = self
        self.questions = 0
        self._first = failure
        self._gone = gone

    async def observe(self, need: Need, attempt: int = 1) -> Observation:
        """Fail on one domain."""
        if need.subject == LISTINGS[0].domain.name:
            return Observation(need, NOW, failure=self._first, attempt=attempt)
        return await super().observe(need, attempt)

    async def ask(self, name: str, record_type: str) -> None:
        """Answer the question for the root."""
        assert (name, record_type) == ("", "NS")
        if self._gone:
            raise NoAnswerError(Failure.RESOLVER_DOWN, "connection refused")


@pytest.mark.parametrize("failure", [Failure.RESOLVER_DOWN, Failure.DNS_TIMEOUT])
def test_a_resolver_that_dies_halfway_a_shard_stops_the_run(tmp_path, failure):
    """A shard that was good for the greater part is not written either: the unknowns in it are ours, and can be asked again."""
    shards = sharded(LISTINGS, 7)
    create(tmp_path / "m", plan_run(NOW, "lab", (), {}, 7), shards)
    with pytest.raises(ExceptionGroup) as stopped:
        run(tmp_path / "m", Fate(failure, gone=True), shards)
    assert stopped.group_contains(ResolverError)
    assert finished_shards(tmp_path / "m") == set()


@pytest.mark.parametrize("failure", [Failure.RESOLVER_DOWN, Failure.DNS_TIMEOUT])
def test_one_peculiar_answer_does_not_stop_the_run(tmp_path, failure):
    """As long as the resolver answers, a question that it cannot handle is one unknown."""
    shards = sharded(LISTINGS, 7)
    create(tmp_path / "m", plan_run(NOW, "lab", (), {}, 7), shards)
    run(tmp_path / "m", Fate(failure, gone=False), shards)
    assert finished_shards(tmp_path / "m") == {0}
