"""Workflow commands: a copy of the grammar by which the runner reads a step's output.

Two forms: `::name key=value,key=value::message` at a line's start, and the older
`##[name key=value;key=value]message` anywhere in a line. Only known names act.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tests.actions.unknown import Unknown

STOP = "stop-commands"
DISABLED = frozenset({"set-env", "add-path", "set-output", "save-state"})
KNOWN: frozenset[str] = DISABLED | {
    "error",
    "warning",
    "notice",
    "debug",
    "group",
    "endgroup",
    "add-mask",
    "add-matcher",
    "remove-matcher",
    "echo",
    STOP,
}
# In the runner's order: each is replaced in turn, the percent sign last.
_MESSAGE = (("%0D", "\r"), ("%0A", "\n"), ("%25", "%"))
_PROPERTY = (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%"))
_OLD = (("%3B", ";"), ("%0D", "\r"), ("%0A", "\n"), ("%5D", "]"), ("%25", "%"))
_NEW_LINE = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True)
class Command:
    """One that acted; names of properties as written, `name` in lower case."""

    name: str
    properties: Mapping[str, str]
    message: str


@dataclass(frozen=True)
class Obeyed:
    """`commands` in order; `shown` is what the log keeps, masked."""

    commands: tuple[Command, ...]
    shown: tuple[str, ...]


class Masks:
    """Values that must not be seen: `***` stands for each, the longest first."""

    def __init__(self, values: Iterable[str] = ()) -> None:
        self._values: set[str] = set()
        for value in values:
            self.add(value)

    def add(self, value: str) -> None:
        """Add a value, and each of its lines, as the runner does."""
        self._values |= {part for part in (value, *_NEW_LINE.split(value)) if part.strip()}

    def hide(self, text: str) -> str:
        if not self._values:
            return text
        longest = sorted(self._values, key=lambda value: (-len(value), value))
        return re.sub("|".join(map(re.escape, longest)), "***", text)


def _unescaped(text: str, escapes: tuple[tuple[str, str], ...]) -> str:
    for escape, meant in escapes:
        text = text.replace(escape, meant)
    return text


def _command(
    head: str, message: str, mark: str, escapes: tuple[tuple[str, str], ...], known: frozenset[str]
) -> Command | None:
    """From `name key=value...`, properties split at `mark`; None for a name that does not act."""
    name, _, rest = head.partition(" ")
    if name.lower() not in known:
        return None
    properties: dict[str, str] = {}
    for pair in filter(None, rest.strip().split(mark) if mark == "," else rest.split(mark)):
        # The runner leaves empty parts out: of `=value` and `key=` there is no property.
        key, _, value = pair.lstrip("=").partition("=")
        if key and value.lstrip("="):
            properties[key] = _unescaped(value.lstrip("="), escapes)
    return Command(name.lower(), properties, message)


def read(line: str, known: frozenset[str] = KNOWN) -> Command | None:
    """The command that a line is, or None."""
    text = line.lstrip()
    if text.startswith("::") and (end := text.find("::", 2)) >= 0:
        message = _unescaped(text[end + 2 :], _MESSAGE)
        if found := _command(text[2:end], message, ",", _PROPERTY, known):
            return found
    start = line.find("##[")
    if start < 0 or (end := line.find("]", start)) < 0:
        return None
    return _command(line[start + 3 : end], _unescaped(line[end + 1 :], _OLD), ";", _OLD, known)


def lines_of(text: str) -> list[str]:
    """Output as the runner reads it: a carriage return ends a line too."""
    lines = _NEW_LINE.split(text)
    return lines[:-1] if lines[-1] == "" else lines


class _Reader:
    """Reads lines in order: what stops commands, and what hides values, acts on later lines."""

    def __init__(self, masks: Masks) -> None:
        self.masks = masks
        self.token = ""
        self.commands: list[Command] = []
        self.shown: list[str] = []

    def line(self, line: str) -> None:
        command = read(line, KNOWN | {self.token.lower()} if self.token else KNOWN)
        if command is None or self.token:
            # While stopped nothing acts until the token comes, in either form.
            if command is not None and command.name == self.token.lower():
                self.token = ""
            self.shown.append(self.masks.hide(line))
        elif command.name in DISABLED or command.name.endswith("-matcher"):
            raise Unknown(f"workflow command in a step's output: {self.masks.hide(line)!r}")
        else:
            self.commands.append(command)
            self.act(command, line)

    def act(self, command: Command, line: str) -> None:
        match command.name:
            case "stop-commands":
                if command.message.lower() in KNOWN | {""}:
                    raise Unknown(f"::stop-commands:: with the token {command.message!r}")
                self.token = command.message
                self.shown.append(self.masks.hide(line))
            case "add-mask":
                self.masks.add(command.message)
            case "debug" | "echo":
                pass
            case name:
                self.shown.append(self.masks.hide(f"##[{name}]{command.message}"))


def obey(lines: Iterable[str], masks: Masks | None = None) -> Obeyed:
    """What the runner does and shows for a step's output, which is split into lines again.

    Raises `Unknown` for the commands that GitHub has switched off or is about to, and for
    problem matchers, which this runner does not have.
    """
    reader = _Reader(Masks() if masks is None else masks)
    for whole in lines:
        for line in lines_of(whole) or [""]:
            reader.line(line)
    return Obeyed(tuple(reader.commands), tuple(reader.shown))
