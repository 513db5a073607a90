"""Tells consumers after the document was written; never fails the apply, and never holds it up."""

from __future__ import annotations

import os.path
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, Final

from fieldkeep.core.notice import Notice
from fieldkeep.edges.store import stores
from fieldkeep.errors import FieldkeepError, Unavailable, UsageError
from fieldkeep.operations.events import NotNotified
from fieldkeep.operations.project import Project
from fieldkeep.settings.receivers import ConsulEvent, Receiver, Webhook, check_url
from fieldkeep.settings.sources import Wrong

if TYPE_CHECKING:
    from fieldkeep.edges.deadline import Deadline

_MOST_WAITING: Final = 100
"""Notices for one receiver; of more, the oldest are dropped."""

Deliver = Callable[[Notice, "Deadline"], None]


class Notifier:
    """Notices of one project. Each receiver has a thread of its own, so that none waits for
    another, and takes them in order."""

    def __init__(self, project: Project) -> None:
        self._lines = [
            _Line(_name(receiver), receiver.seconds, _deliver(project, receiver), project)
            for receiver in project.settings.notify
        ]

    def tell(self, notices: Iterable[Notice | None]) -> None:
        """Begin to deliver; returns at once."""
        for notice in filter(None, notices):
            for line in self._lines:
                line.add(notice)

    def finish(self) -> None:
        """Wait until all are delivered or given up, and no longer than the time-out of each
        receiver, side by side."""
        if not self._lines:
            return
        from fieldkeep.edges.deadline import Deadline  # with requests, a good part of the start

        ends = [(line, Deadline(line.seconds)) for line in self._lines]
        for line, deadline in ends:
            line.finish(deadline)


@contextmanager
def notifying(project: Project) -> Iterator[Notifier]:
    """A notifier that is finished at the end, also after an error."""
    notifier = Notifier(project)
    try:
        yield notifier
    finally:
        notifier.finish()


class _Line:
    """The notices that wait for one receiver."""

    def __init__(self, name: str, seconds: float, deliver: Deliver, project: Project) -> None:
        self.name, self.seconds = name, seconds
        self._deliver, self._emit = deliver, project.emit
        self._waiting: deque[Notice] = deque()
        self._changed = threading.Condition()
        self._busy = self._started = False

    def add(self, notice: Notice) -> None:
        dropped = False
        with self._changed:
            if len(self._waiting) == _MOST_WAITING:
                self._waiting.popleft()
                dropped = True
            self._waiting.append(notice)
            self._changed.notify_all()
            if not self._started:  # a thread that does not keep the program from ending
                self._started = True
                threading.Thread(target=self._run, daemon=True, name="notify").start()
        if dropped:
            self._emit(NotNotified(self.name, "too slow: the oldest of its notices is dropped"))

    def finish(self, deadline: Deadline) -> None:
        with self._changed:
            ended = self._changed.wait_for(
                lambda: not self._waiting and not self._busy, max(0.0, deadline.left)
            )
        if not ended:
            self._emit(NotNotified(self.name, f"not within {self.seconds:g} s"))

    def _run(self) -> None:
        from fieldkeep.edges.deadline import Deadline

        while True:
            with self._changed:
                self._busy = False
                self._changed.notify_all()
                self._changed.wait_for(lambda: bool(self._waiting))
                notice, self._busy = self._waiting.popleft(), True
            try:
                self._deliver(notice, Deadline(self.seconds))
            except FieldkeepError as error:
                reason = f"{error}{f'; {error.hint}' if error.hint else ''}"
            except Exception as error:  # noqa: BLE001 - its text may quote a secret
                reason = f"a bug in fieldkeep ({type(error).__name__}); please report it"
            else:
                continue
            with suppress(OSError, ValueError):  # stderr is closed: the next notice is sent still
                self._emit(NotNotified(self.name, reason))


def _name(receiver: Receiver) -> str:
    """How messages name a receiver; a URL may hold a secret."""
    match receiver:
        case ConsulEvent(name):
            return f"the Consul event {name}"
        case Webhook(url=str(url)):
            from fieldkeep.edges import webhooks

            return webhooks.host(url)
        case Webhook(url_env=variable):
            return f"the URL in {variable}"


def _deliver(project: Project, receiver: Receiver) -> Deliver:
    match receiver:
        case ConsulEvent():
            return partial(_fire, project, receiver)
        case Webhook():
            return partial(_post, project, receiver)


def _post(project: Project, receiver: Webhook, notice: Notice, deadline: Deadline) -> None:
    from fieldkeep.edges import webhooks

    url = receiver.url or _variable(project, receiver.url_env or "")
    secret = _variable(project, receiver.secret_env) if receiver.secret_env else None
    if receiver.url_env:
        try:
            check_url(url, f"the variable {receiver.url_env}")
        except Wrong as error:
            raise UsageError(str(error), "put the receiver's URL there") from error
    if variable := receiver.secret_env or receiver.url_env:
        webhooks.require_trusted_receiver(url, variable, project.variables)
    ca = os.path.join(project.settings.root, receiver.ca) if receiver.ca else None  # noqa: PTH118
    webhooks.post(
        url,
        notice.body(),
        lambda seconds: notice.headers(seconds, secret),
        ca=ca,
        deadline=deadline,
    )


def _fire(project: Project, receiver: ConsulEvent, notice: Notice, _deadline: Deadline) -> None:
    """A connection of its own: the one of the apply belongs to another thread."""
    own = project.settings
    stores.connect(own.store, own.root, project.variables, own.limits).announce(
        receiver.name, notice.brief()
    )


def _variable(project: Project, name: str) -> str:
    """Raises Unavailable if it is not set, UsageError if it cannot be sent: unsigned, or to
    nowhere, nothing is sent."""
    value = project.variables.get(name, "")
    if not value:
        raise Unavailable(f"the variable {name} is not set", "set it, or remove it from notify")
    try:
        value.encode()
    except UnicodeEncodeError:  # it quotes the value
        raise UsageError(f"the variable {name} is not UTF-8 text", "set it anew") from None
    return value
