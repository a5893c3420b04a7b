"""A run on a hub's board under fire: agents, hub, driver and Redis killed or frozen, and nothing lost or doubled.

`python -m tests.hub.siege --moments 40 --variants 4 --iterations 3` prints what happened, moment by moment.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

from artloop.journal import Journal
from artloop.workspace import RunFolder, Workspace
from tests.campaign import environment
from tests.valkey import Valkey, server

LEASE_S = 2.0
AGENTS = 3
STRIKES = ("agent killed", "agent frozen", "hub killed", "driver killed")
BRIEF = "tide"
PATIENCE_S = 300.0


@dataclass
class Moment:
    """One strike."""

    kind: str
    handed_in: int
    """Results that agents had handed in by then."""
    at_s: float


@dataclass
class Town:
    """Everybody who takes part, each a process of its own."""

    root: Path
    cache: Path
    store: Valkey | None = None
    thinks_s: float = 0.1
    port: int = 0
    hub: subprocess.Popen[str] | None = None
    driver: subprocess.Popen[str] | None = None
    agents: list[subprocess.Popen[str]] = field(default_factory=list)
    logs: list[Path] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/mcp"

    @property
    def env(self) -> dict[str, str]:
        own = {
            "ARTLOOP_HUB__URL": self.url,
            "ARTLOOP_HUB__LEASE_S": str(LEASE_S),
            "ARTLOOP_HUB__RUN_LEASE_S": str(LEASE_S),
            "ARTLOOP_HUB__RETRY_BASE_S": "0.1",
            "ARTLOOP_HUB__MAX_ATTEMPTS": "20",
            "ARTLOOP_HUB__AFFINITY_S": "1",
            "ARTLOOP_HUB__CALLS_PER_MINUTE": "100000",
            "ARTLOOP_MODEL__BACKOFF_S": "0.1",
            "ARTLOOP_MODEL__MAX_BACKOFF_S": "1",
            "ARTLOOP_MODEL__MAX_TRIES": "20",
            "THINKS_S": str(self.thinks_s),
            "PYTHONUNBUFFERED": "1",
        }
        return {**environment(self.cache), **own, **({"ARTLOOP_HUB__REDIS": self.store.url} if self.store else {})}

    def start(self, *words: str, out: Path | None = None) -> subprocess.Popen[str]:
        """A process of this project; what it says goes to a file."""
        path = out or self.root / f"{words[1].rpartition('.')[2]}-{time.monotonic_ns()}.log"
        with path.open("a", encoding="utf-8") as file:
            return subprocess.Popen(
                [sys.executable, *words], stdout=file, stderr=file, stdin=subprocess.DEVNULL, env=self.env, text=True
            )

    def serve(self) -> None:
        """The hub, at the same address each time; waits until it listens."""
        self.hub = self.start("-m", "artloop", "hub", "serve", "--port", str(self.port), "--root", str(self.root))
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with socket.socket() as asked:
                if asked.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            assert self.hub.poll() is None, "the hub ended; see its log"
            time.sleep(0.05)  # it tells nobody but its log
        raise AssertionError("the hub does not listen")

    def hire(self) -> None:
        """One more agent."""
        log = self.root / f"outsider-{len(self.logs)}.jsonl"
        log.touch()
        self.logs.append(log)
        self.agents.append(self.start("-m", "tests.hub.outsider", self.url, str(log)))

    def drive(self, *words: str) -> None:
        """The run's driver."""
        self.driver = self.start("-m", "artloop", *words, "--root", str(self.root), out=self.root / "driver.log")

    def noted(self) -> list[dict[str, object]]:
        """What the agents took and handed in."""
        return [json.loads(line) for log in self.logs for line in log.read_text().splitlines() if line.endswith("}")]

    def handed_in(self) -> int:
        return sum(line["what"] == "handed in" for line in self.noted())

    def end(self) -> None:
        """Stop what this town started, and nothing else."""
        for process in (self.driver, *self.agents, self.hub):
            if process is not None and process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.kill()
                process.wait(30)


@contextmanager
def town(root: Path, cache: Path, redis: bool = False) -> Iterator[Town]:
    """A hub with its agents at work; its state in a file, or in a Valkey server of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    root.mkdir(parents=True, exist_ok=True)
    with server(root / "valkey") if redis else nullcontext() as store:
        made = Town(root.resolve(), cache, store, port=port)
        try:
            made.serve()
            for _ in range(AGENTS):
                made.hire()
            yield made
        finally:
            made.end()


def struck(place: Town, kind: str, chance: random.Random, folder: RunFolder | None) -> None:
    """One strike, and what a keeper does about it: start again what died."""
    alive = [agent for agent in place.agents if agent.poll() is None]
    match kind:
        case "agent killed":
            victim = chance.choice(alive)
            victim.kill()
            victim.wait(30)
            place.hire()
        case "agent frozen":
            victim = chance.choice(alive)
            victim.send_signal(signal.SIGSTOP)
            time.sleep(2 * LEASE_S)  # until its leases have run out: that is the strike
            victim.send_signal(signal.SIGCONT)
        case "hub killed":
            assert place.hub is not None
            place.hub.kill()
            place.hub.wait(30)
            place.serve()
        case "driver killed":
            assert place.driver is not None
            place.driver.kill()
            place.driver.wait(30)
            if folder is not None:
                place.drive("resume", folder.id)
        case "redis killed":
            assert place.store is not None
            place.store.restart()


def besieged(place: Town, moments: int, variants: int, iterations: int, seed: int) -> list[Moment]:
    """Strike while a run is made, when agents have handed in something more or not for a while, until it has ended."""
    chance = random.Random(seed)
    kinds = [*STRIKES, *(["redis killed"] if place.store else [])]
    plan = [kinds[number % len(kinds)] for number in range(moments)]
    chance.shuffle(plan)
    began, done = time.monotonic(), []
    words = ("--variants", str(variants), "--iterations", str(iterations), "--no-novelty", "--artists", "hub")
    place.drive("run", BRIEF, *words)
    seen, last = -1, began
    while place.driver is not None and (code := place.driver.poll()) is None:
        assert time.monotonic() - began < PATIENCE_S + 20 * moments, "the run does not come to an end"
        now = place.handed_in()
        found = Workspace(place.root).every()
        idle_s = time.monotonic() - last
        if not plan or not found or (now <= seen and idle_s < LEASE_S):
            time.sleep(0.02)  # until somebody hands in something: they tell nobody but their log
            continue
        seen = now
        kind = plan.pop()
        done.append(Moment(kind, now, time.monotonic() - began))
        struck(place, kind, chance, found[0])
        last = time.monotonic()
    assert code == 0, (place.root / "driver.log").read_text()[-3000:]
    return done


@dataclass
class Account:
    """What became of everything."""

    calls: int
    """Answered model calls on record, of roles that the hub's agents have."""
    taken: int
    acknowledged: int
    doubled: list[str]
    """Tasks of which more than one result was acknowledged."""
    repeated: list[str]
    """Turns that were asked more than once."""


def account(place: Town, folder: RunFolder) -> Account:
    """Read the journal and what the agents noted."""
    notes = place.noted()
    acknowledged = Counter(str(line["task"]) for line in notes if line["what"] == "handed in")
    with Journal.read(folder) as journal:
        usage, lost = journal.usage(), journal.unanswered()
    turns = Counter((one.step, one.generation, one.turn) for one in lost)
    return Account(
        calls=usage.requests,
        taken=sum(line["what"] == "took" for line in notes),
        acknowledged=sum(acknowledged.values()),
        doubled=[task for task, count in acknowledged.items() if count > 1],
        repeated=[str(turn) for turn, count in turns.items() if count > 1],
    )


def drawings(folder: RunFolder) -> dict[str, bytes]:
    """Every iteration's SVG by its path in the run."""
    found = folder.path.glob("variants/*/iterations/*/drawing.svg")
    return {str(path.relative_to(folder.path)): path.read_bytes() for path in found}


def main() -> None:
    parser = argparse.ArgumentParser()
    for name, default in (("moments", 40), ("variants", 4), ("iterations", 3), ("seed", 1)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--redis", action="store_true", help="the hub keeps its state in a server, which is killed too")
    asked = parser.parse_args()
    cache = Path(os.environ.get("ARTLOOP_CACHE", Path.home() / ".cache/artloop"))
    with tempfile.TemporaryDirectory() as folder:
        with town(Path(folder) / "calm", cache, asked.redis) as calm:
            besieged(calm, 0, asked.variants, asked.iterations, asked.seed)
            expected = drawings(Workspace(calm.root).every()[0])
        with town(Path(folder) / "siege", cache, asked.redis) as place:
            moments = besieged(place, asked.moments, asked.variants, asked.iterations, asked.seed)
            (run,) = Workspace(place.root).every()
            found = account(place, run)
            same = drawings(run) == expected
    for number, moment in enumerate(moments, 1):
        sys.stdout.write(f"{number:3d}  {moment.at_s:7.1f} s  after {moment.handed_in:3d} results  {moment.kind}\n")
    kinds = Counter(moment.kind for moment in moments)
    sys.stdout.write(
        f"{len(moments)} moments: {', '.join(f'{kind} {count}' for kind, count in sorted(kinds.items()))}\n"
    )
    sys.stdout.write(
        f"{found.calls} answers on record; tasks taken {found.taken} times, {found.acknowledged} results acknowledged,"
        f" {len(found.doubled)} of them twice\n{len(expected)} drawings"
        f" {'the same as' if same else 'DIFFERENT from those'} of a run without strikes\n"
    )


if __name__ == "__main__":
    main()
