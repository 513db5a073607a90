"""The application's three own scenarios, with a capture every second: what a person has set is live
after the next sync, whatever the application did to its document in between."""

from __future__ import annotations

import json
import os
import random
import threading
import uuid
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

from tests.faults import team
from tests.faults.application import Application
from tests.faults.conftest import LONG, amount
from tests.real import forked
from tests.real.servers import ConsulServer
from tests.scenarios.world import PATIENCE, unpacked

ROUNDS, LABELS = amount(6, 100), 4
PERIOD = 1.0 if LONG else 0.1
SCENARIOS = ("race", "structure", "erased")


class Team:
    """A project in which git says nothing of one label, and a capture in a loop."""

    def __init__(self, root: Path, consul: ConsulServer) -> None:
        self.root = team.project(root, LABELS, {})
        (self.root / "fields" / f"{team.name(0)}.yaml").unlink()
        self.consul, self.key = consul, f"application/{uuid.uuid4().hex}/fields"
        self.codes = Counter[int]()
        self._over, self._captured = threading.Event(), threading.Condition()
        self._thread = threading.Thread(target=self._loop)

    def __enter__(self) -> Self:
        self.run("sync")
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def run(self, *words: str) -> int:
        line = [*words, "--store", self.consul.url, "--key", self.key]
        environment = {"PATH": os.environ["PATH"], "HOME": "/nonexistent"}
        done = forked.run(line, self.root, environment, PATIENCE)
        assert "Traceback" not in done.err
        assert done.code in (0, 5), done.out + done.err
        return done.code

    def _loop(self) -> None:
        while not self._over.wait(PERIOD):
            code = self.run("capture")
            with self._captured:
                self.codes[code] += 1
                self._captured.notify_all()

    def captured(self) -> None:
        """Wait for a capture that began after now: the second that ends."""
        with self._captured:
            wanted = self.codes.total() + 2
            assert self._captured.wait_for(lambda: self.codes.total() >= wanted, PATIENCE)

    def sync(self) -> None:
        while self.run("sync") != 0:  # a capture may come between each of its attempts
            pass

    def live(self) -> dict[str, Any]:
        document = json.loads(self.consul.get(self.key) or b"{}")
        return {field["name"]: field for field in document["fields"]}

    def values(self, name: str, attribute: str) -> Iterator[Any]:
        """In the history."""
        history = json.loads(self.consul.get(f"{self.key}.backup.history") or b"")
        for entry in map(unpacked, history):
            for field in entry.get("fields_data", {}).get("fields", []):
                if field["name"] == name:
                    yield field.get(attribute)


def test_nothing_that_a_person_set_is_lost(
    tmp_path: Path, consul_agent: ConsulServer, chance: random.Random, record_property: Any
) -> None:
    counts = Counter[str]()
    with Team(tmp_path / "team", consul_agent) as made:
        application = Application(consul_agent, made.key, hosts=team.SITES)
        for number in range(ROUNDS):
            scenario = SCENARIOS[number % len(SCENARIOS)]
            silent, owned = team.name(0), team.name(chance.randrange(1, LABELS))
            said = {
                "display_name": f"Round {number}",
                "category": ["custom", f"c{number}"],
                "field_type": chance.choice(["url", "number", "boolean"]),
            }
            application.force_extract()  # people see the document as the last sync left it
            application.patch(silent, **said)
            application.patch(owned, display_name=f"Overruled {number}")
            made.captured()
            assert f"Overruled {number}" in made.values(owned, "display_name")
            if scenario == "race":
                application.restart()
            elif scenario == "structure":
                site = made.root / "prometheus" / f"{chance.choice(team.SITES)}.yml"
                labels = LABELS + 1 if number % 2 else LABELS
                site.write_text(team.site(labels), "utf-8")
                application.restart()
            else:
                consul_agent.delete(made.key)
                application.force_extract()
                chance.choice([application.read, application.restart])()
            made.captured()
            made.sync()
            live = made.live()
            for attribute, value in said.items():
                counts["customizations"] += 1
                if live[silent].get(attribute) != value:
                    counts["lost"] += 1
                    print(scenario, number, attribute, value, live[silent].get(attribute))
            assert live[owned]["display_name"] == f"Label {owned[-3:]}"
            counts[scenario] += 1
        made.captured()
        counts["captures"] = made.codes[0]
    for what, count in sorted(counts.items()):
        record_property(what, count)
        print(f"{what}: {count}")
    assert counts["lost"] == 0
    assert counts["captures"] >= ROUNDS
