"""A workflow file as values: what was read, with nothing left out and nothing evaluated.

Strings may hold `${{ }}`; numbers and booleans are as the file writes them, or such a string.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.actions.values import Value

Permissions = Mapping[str, str]


@dataclass(frozen=True)
class Step:
    """One step of a job, or of a composite action: it runs a script or uses an action."""

    number: int
    id: str
    title: Value
    condition: Value
    run: str | None
    uses: str | None
    inputs: Mapping[str, Value]
    env: Mapping[str, Value]
    shell: str | None
    folder: Value
    minutes: Value
    continues: Value

    @property
    def name(self) -> str:
        """How messages call it: its name as written, its id, or what it does."""
        doing = self.uses or (self.run or "").strip().partition("\n")[0]
        return str(self.title or self.id or doing)


@dataclass(frozen=True)
class Home:
    """Where a workflow file or an action is from: what `$/` means in it."""

    repository: str
    commit: str


NOWHERE = Home("", "")


@dataclass(frozen=True)
class Concurrency:
    """`queue`: "single" keeps one that waits and drops older ones, "max" keeps a hundred."""

    group: Value
    cancels: Value
    queue: str = "single"


@dataclass(frozen=True)
class Place:
    """`environment:` of a job: its name, and the URL that it shows."""

    name: Value
    url: Value


@dataclass(frozen=True)
class Strategy:
    """`matrix` maps names to lists, with `include` and `exclude`; a str is an expression."""

    matrix: Mapping[str, Value] | str
    fail_fast: Value
    max_parallel: Value


@dataclass(frozen=True)
class Defaults:
    shell: str | None = None
    folder: Value = None


@dataclass(frozen=True)
class Container:
    """The image, and what else `container:` says, as written."""

    image: Value
    others: Mapping[str, Value]


@dataclass(frozen=True)
class Called:
    """A job that is another workflow: `uses`, and what it hands over."""

    uses: str
    inputs: Mapping[str, Value]
    secrets: Mapping[str, Value]


@dataclass(frozen=True)
class Job:
    """`called` is None, or there are no steps."""

    id: str
    title: Value
    needs: tuple[str, ...]
    condition: Value
    runs_on: Value
    permissions: Permissions | None
    environment: Place | None
    concurrency: Concurrency | None
    strategy: Strategy | None
    env: Mapping[str, Value]
    defaults: Defaults
    outputs: Mapping[str, Value]
    minutes: Value
    continues: Value
    container: Container | None
    steps: tuple[Step, ...]
    called: Called | None = None


@dataclass(frozen=True)
class Workflow:
    """`on` maps each event's name to its filters, as the file says them; `ref` is how the file was
    named, a branch or a commit."""

    file: str
    name: str
    title: Value
    on: Mapping[str, Mapping[str, Value]]
    permissions: Permissions | None
    env: Mapping[str, Value]
    concurrency: Concurrency | None
    jobs: Mapping[str, Job] = field(default_factory=dict)
    home: Home = NOWHERE
    ref: str = ""
