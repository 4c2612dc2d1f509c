"""A Ray cluster of this computer, for the tests of engine hosts on one."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from pathlib import Path

import pytest
import ray
from ray.cluster_utils import Cluster

from sfumato.cluster.members import Members
from sfumato.cluster.remote import RemoteProcess, launch
from sfumato.engines.base import EngineSpec
from sfumato.engines.host import EngineHost
from sfumato.engines.messages import Notice
from sfumato.engines.patience import Patience
from sfumato.jobs.jobs import Jobs

ROOT = Path(__file__).parents[2]
JobsAway = Callable[..., Awaitable[tuple[Jobs, Members]]]
_NODE = {"num_gpus": 0, "object_store_memory": 100_000_000}


def actor(host: EngineHost) -> int | None:
    """The process that keeps a host on its computer."""
    life = host._process
    assert life is None or isinstance(life, RemoteProcess)
    return life and life.actor_pid


def restarts(events: Iterable[object]) -> int:
    """How often an edit began anew."""
    return sum(isinstance(e, Notice) and e.code == "ENGINE_RESTARTED" for e in events)


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """Two processors, room for two hosts, and nothing that serves or reports anything."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    head = {"num_cpus": 2, "resources": {"sfumato": 2}, "include_dashboard": False, **_NODE}
    cluster = Cluster(initialize_head=True, head_node_args=head)
    ray.init(
        address=cluster.address,
        log_to_driver=False,
        configure_logging=False,
        runtime_env={"env_vars": {"PYTHONPATH": str(ROOT)}},
    )
    yield cluster
    ray.shutdown()
    cluster.shutdown()


@pytest.fixture
def third(cluster: Cluster) -> Iterator[Callable[[], None]]:
    """A computer with room for one more host; called, it is gone at once."""
    node = cluster.add_node(num_cpus=1, resources={"sfumato": 1}, **_NODE)
    cluster.wait_for_nodes()
    there = True

    def leave() -> None:
        nonlocal there
        if there:
            there = False
            cluster.remove_node(node, allow_graceful=False)

    yield leave
    leave()


@pytest.fixture
async def jobs_away(cluster: Cluster, tmp_path: Path) -> AsyncIterator[JobsAway]:
    """Makes jobs whose engines run on the cluster's places."""
    made: list[Jobs] = []

    async def make(*specs: EngineSpec, patience: Patience | None = None) -> tuple[Jobs, Members]:
        names = {spec.name for spec in specs}
        jobs = Jobs([], tmp_path, patience=patience, launch=launch, expected=names)
        await jobs.start()
        made.append(jobs)
        members = Members(jobs, specs)
        await members.look()
        return jobs, members

    yield make
    for jobs in made:
        await jobs.close()
