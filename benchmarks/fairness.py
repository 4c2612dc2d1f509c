"""How fairly the daemon's scheduler shares an engine, in simulated time.

The scheduler is the real one; engines only take time, and nobody waits for it.

    python -m benchmarks.fairness
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Iterable
from statistics import mean

from sfumato.jobs.fair import Policy
from tests.support.simulation import Arrival, Outcome, jain, p95, simulate

OWNERS = [f"owner-{number}" for number in range(15)]
HOG = "hog"
HOUR = 3600.0
BATCH = 2


def main() -> None:
    """Run the scenarios and print a line of figures for each."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--days", type=int, default=8, help="so many for each load")
    options = parser.parse_args()
    for load in (0.3, 0.6, 0.8, 0.9):
        report_hog(load, [random.Random(options.seed + day) for day in range(options.days)])
    chance = random.Random(options.seed)
    report_backlog(chance)
    report_batch(chance)
    report_models()
    report_speed(chance)


def artists(load: float, hours: float, chance: random.Random) -> list[Arrival]:
    """Fifteen owners whose edits of 1 to 8 s come at random and keep the engine busy so far."""
    arrivals, mean = [], 4.5
    for owner in OWNERS:
        at = 0.0
        while (at := at + chance.expovariate(load / mean / len(OWNERS))) < hours * HOUR:
            arrivals.append(Arrival(at, owner, chance.uniform(1, 8)))
    return arrivals


def hog(chance: random.Random, jobs: int = 200) -> list[Arrival]:
    """One owner's queue, all at once."""
    return [Arrival(600.0, HOG, chance.uniform(1, 8)) for _ in range(jobs)]


def others(outcome: Outcome) -> list[float]:
    """The waits of everybody but the hog."""
    waits = outcome.waits()
    return [wait for owner in OWNERS for wait in waits[owner]]


def report_hog(load: float, days: list[random.Random]) -> None:
    """What 200 jobs at once do to the waits of fifteen others, on several days."""
    alone, shared, lasts = [], [], []
    for chance in days:
        edits = artists(load, 2, chance)
        alone.append(p95(others(simulate(edits))))
        outcome = simulate(edits + hog(chance))
        shared.append(p95(others(outcome)))
        lasts.append(max(job.ended for job in outcome.served if job.arrival.owner == HOG) - 600)
    ratios = [after / before for before, after in zip(alone, shared, strict=True)]
    print(
        f"hog, load {load:.0%}, {len(days)} days: p95 wait of the others {mean(alone):.1f} s "
        f"alone, {mean(shared):.1f} s with 200 queued jobs ({mean(ratios):.2f}x, at most "
        f"{max(ratios):.2f}x); the hog's last job ends after {mean(lasts):.0f} s"
    )


def report_backlog(chance: random.Random) -> None:
    """Shares of sixteen owners who always have jobs waiting, of different sizes."""
    arrivals = backlog([(owner, 1.0 + index) for index, owner in enumerate([*OWNERS, HOG])], chance)
    outcome = simulate(arrivals, until=2 * HOUR)
    print(f"backlog of 16 owners: Jain index of engine time {jain(outcome.spent.values()):.4f}")


def backlog(sizes: Iterable[tuple[str, float]], chance: random.Random) -> list[Arrival]:
    """More jobs at once than two hours hold, of about these seconds by owner."""
    return [
        Arrival(0.0, owner, seconds * chance.uniform(0.5, 1.5))
        for owner, seconds in sizes
        for _ in range(int(1000 / seconds))
    ]


def report_batch(chance: random.Random) -> None:
    """Batch jobs under interactive ones that never end."""
    flood = backlog([(owner, 4.0) for owner in OWNERS], chance)
    batch = [Arrival(60.0, HOG, 30.0, BATCH) for _ in range(4)]
    outcome = simulate(flood + batch, until=2 * HOUR)
    waits = [job.wait for job in outcome.served if job.arrival.owner == HOG]
    print(
        f"batch under a flood: {len(waits)} of {len(batch)} jobs started, after "
        + ", ".join(f"{wait:.0f}" for wait in waits)
        + f" s; one class up every {Policy().ageing:.0f} s"
    )


def report_models() -> None:
    """Two owners with many jobs on two models, of which only one is loaded at a time."""
    arrivals = [
        Arrival(0.0, owner, 2.0, model=model)
        for owner, model in (("ann", "one"), ("bob", "two"))
        for _ in range(2000)
    ]
    for fitting in (1, 2):
        outcome = simulate(arrivals, until=HOUR, load_seconds=8.0, fitting=fitting)
        waiting = max(
            (later - earlier for later, earlier in gaps(outcome)),
            default=0.0,
        )
        print(
            f"two models, {fitting} at a time: {outcome.loads} loads of 8 s in an hour with "
            f"{len(outcome.served)} jobs of 2 s; longest time without a job of one owner "
            f"{waiting:.0f} s; Jain index {jain(outcome.spent.values()):.4f}"
        )


def gaps(outcome: Outcome) -> list[tuple[float, float]]:
    """Starts of each owner's jobs with the ends of the ones before."""
    found, ends = [], dict[str, float]()
    for job in outcome.served:
        found.append((job.started, ends.get(job.arrival.owner, 0.0)))
        ends[job.arrival.owner] = job.ended
    return found


def report_speed(chance: random.Random) -> None:
    """What the scheduler itself takes."""
    edits = artists(0.9, 8, chance)
    began = time.perf_counter()
    simulate(edits)
    spent = time.perf_counter() - began
    print(f"speed: {len(edits)} arrivals in {spent * 1e3:.0f} ms")


if __name__ == "__main__":
    main()
