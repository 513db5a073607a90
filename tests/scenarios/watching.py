"""A watcher in this process, one action at a time, with a clock that the test moves."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from fieldkeep.core.watch.events import WatchEvent
from fieldkeep.core.watch.machine import Heal, Policy, Wait
from fieldkeep.edges.files import git, identity
from fieldkeep.edges.store import stores
from fieldkeep.operations.passes import Following, Passes
from fieldkeep.operations.project import Project
from fieldkeep.operations.watch import Stop, Watcher, WatchOptions
from fieldkeep.render.watching import lines
from fieldkeep.settings import settings
from fieldkeep.settings.settings import Flags
from tests.scenarios.world import World

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
WAIT_SECONDS = 0.02
LOOK_SECONDS = 10.0


class Never(Stop):
    """Nobody stops it, and it rests no longer than it takes to say so."""

    def __init__(self) -> None:
        self.rested = 0.0

    @contextmanager
    def waiting(self) -> Iterator[None]:
        yield

    def rest(self, seconds: float) -> None:
        self.rested += seconds


class Guard:
    """``said`` has the lines of all events. ``later`` lets time pass."""

    def __init__(
        self,
        world: World,
        heal: Heal = Heal.ALL,
        following: Following | None = None,
        *,
        copies: Path | None = None,
        actor: str = "guard",
        url: str = "",
        interval: float = 300.0,
    ) -> None:
        self.said: list[str] = []
        self.events: list[WatchEvent] = []
        self.now = 0.0
        self.stop = Never()
        root = world.project.root
        loaded = settings.load(Flags(store=url or world.url, key=world.key), root, {})
        checkout = git.find(root)
        writer = identity.writer(
            checkout, {"FIELDKEEP_ACTOR": actor}, owner=None, ref=None, folders=()
        )
        project = Project(loaded, root, checkout, {}, lambda _: None, self.time)
        self.watcher = Watcher(
            project,
            stores.connect(loaded.store, root, {}, loaded.limits),
            WatchOptions(
                Policy(heal, interval, LOOK_SECONDS),
                replace(writer, dirty=False),
                following or Following(),
                copies,
            ),
            self._hear,
            passes=Passes(lambda work: work()),
            seconds=lambda: self.now,
            chance=lambda: 0.5,
        )

    def time(self) -> datetime:
        return START + timedelta(seconds=self.now)

    def _hear(self, event: WatchEvent) -> None:
        self.events.append(event)
        self.said += lines(event)

    def turn(self) -> None:
        if isinstance(self.watcher.action, Wait):
            self.watcher.action = Wait(WAIT_SECONDS)
        self.watcher.turn(self.stop)

    def settle(self, most: int = 60) -> None:
        """Until it has waited twice, and found nothing to do."""
        waits = 0
        for _ in range(most):
            was_wait = isinstance(self.watcher.action, Wait)
            self.turn()
            waits = waits + 1 if was_wait and isinstance(self.watcher.action, Wait) else 0
            if waits == 2:
                return
        raise AssertionError(f"it never rests: {self.said[-5:]}")

    def later(self, seconds: float) -> None:
        self.now += seconds
        self.settle()
