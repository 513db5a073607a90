"""Settings: the project's file < its environment NAME < FIELDKEEP_* variables < flags.

Each value remembers its origin. An unknown name is an error: if a misspelt guard or store were
ignored, data could be lost.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from fieldkeep.core.common.suggest import closest, did_you_mean
from fieldkeep.core.labels.relabel.version import Version
from fieldkeep.core.labels.unmanaged import Unmanaged
from fieldkeep.core.merge.machine_sources import MACHINE_SOURCES
from fieldkeep.core.plan.thresholds import Thresholds
from fieldkeep.core.stored.keys import Keys, keys
from fieldkeep.errors import UsageError
from fieldkeep.model import Limits
from fieldkeep.settings import settings_file
from fieldkeep.settings.receivers import Receiver
from fieldkeep.settings.settings_file import SettingsFile
from fieldkeep.settings.sources import SourceSetting, is_url, parse_flags
from fieldkeep.settings.store_kinds import kind_of
from fieldkeep.settings.values import PARSERS, Wrong

DEFAULT_STORE: Final = "sqlite:///.fieldkeep/store.db"
DEFAULT_KEY: Final = "skills/eye/metadata/fields"
_SETTINGS: Final = "`fieldkeep help settings` explains each setting"


@dataclass(frozen=True, slots=True)
class Settings:
    """``root`` is the project's folder; relative paths start there. ``origins`` says, for each
    setting that is not at its default, where it was set."""

    root: Path
    environment: str | None = None
    store: str = DEFAULT_STORE
    key: str = DEFAULT_KEY
    fields: str = "fields"
    schema: str = "schema"
    sources: Mapping[str, SourceSetting] = field(default_factory=dict)
    source_version: Version | None = None
    static_labels: bool = False
    exclude: tuple[str, ...] = ()
    unmanaged: Unmanaged = Unmanaged.SHOW
    machine_sources: tuple[str, ...] = MACHINE_SOURCES
    owner: str | None = None
    branch: str | None = None
    clean: bool = False
    history: int = 10
    max_value_bytes: int = Limits().value
    max_transaction_bytes: int = Limits().transaction
    most_deletes: int = Thresholds().most_deletes
    delete_percent: int = Thresholds().delete_percent
    change_percent: int = Thresholds().change_percent
    conflict_budget: int = 10
    require_all_sources: bool = False
    notify: tuple[Receiver, ...] = ()
    origins: Mapping[str, str] = field(default_factory=dict)

    @property
    def keys(self) -> Keys:
        return keys(self.key)

    @property
    def limits(self) -> Limits:
        return Limits(self.max_value_bytes, self.max_transaction_bytes)

    @property
    def thresholds(self) -> Thresholds:
        return Thresholds(self.most_deletes, self.delete_percent, self.change_percent)


@dataclass(frozen=True, slots=True)
class Flags:
    """The options of the command line; None: not given."""

    directory: str | None = None
    env: str | None = None
    fields: str | None = None
    store: str | None = None
    key: str | None = None
    sources: tuple[str, ...] = ()
    source_version: str | None = None
    quiet: bool = False
    verbose: bool = False


def load(
    flags: Flags, start: Path, variables: Mapping[str, str], *, storeless: bool = False
) -> Settings:
    """Read every layer. A ``storeless`` command uses no store, so none has to be set. Raises
    UsageError that names the layer, the setting and a way out."""
    root = settings_file.find_root(start)
    file = settings_file.read(root)
    return layered(file, root, flags, start, variables, storeless=storeless)


def layered(
    file: SettingsFile,
    root: Path,
    flags: Flags,
    start: Path,
    variables: Mapping[str, str],
    *,
    storeless: bool,
) -> Settings:
    """As ``load``, with a file that was read."""
    variables = {name: value for name, value in variables.items() if value}  # empty: unset
    _ = file.environments  # refuse what is no table, also where no environment is named
    if flags.env is not None and not flags.env.strip():
        raise UsageError("--env names no environment", "is the variable that it comes from unset?")
    settings = Settings(root, environment=flags.env or variables.get("FIELDKEEP_ENV"))
    settings = _apply(settings, file.settings, file.layer)
    if name := settings.environment:
        settings = _apply(settings, _environment(file, root, name), file.of_environment(name))
    settings = _from_variables(settings, variables)
    settings = _flagged(settings, flags, start)
    if settings.environment and not storeless:
        _require_a_store(settings, file.of_environment(settings.environment), variables)
    _ = settings.keys  # refuse a bad key before anything else happens
    return settings


def _require_a_store(settings: Settings, place: str, variables: Mapping[str, str]) -> None:
    """An environment must name its store, for example in ``place``: the default could be applied
    to by accident."""
    environment = settings.environment
    if "store" not in settings.origins:
        raise UsageError(
            f"the environment '{environment}' names no store",
            f"set store in {place}, FIELDKEEP_STORE, or --store: the embedded default is only for"
            " runs without --env",
        )
    kind = kind_of(settings.store)
    variable = kind.address_variable if kind and settings.store in kind.prefixes else None
    if variable and variable not in variables:
        raise UsageError(
            f"the environment '{environment}' has the store {settings.store}, without an address",
            f"set {variable}, or write HOST:PORT into the store's address",
        )


# FIELDKEEP_ variables that are not settings.
_OTHER_VARIABLES: Final = frozenset(
    {"FIELDKEEP_ENV", "FIELDKEEP_ACTOR", "FIELDKEEP_CACHE", "FIELDKEEP_TRUSTED_HOSTS"}
)


def _from_variables(settings: Settings, variables: Mapping[str, str]) -> Settings:
    for variable, value in sorted(variables.items()):
        if not variable.startswith("FIELDKEEP_") or variable in _OTHER_VARIABLES:
            continue
        name = variable.removeprefix("FIELDKEEP_").lower()
        if name not in PARSERS:
            wrong, near = f"FIELDKEEP_{name.upper()}", closest(name, PARSERS)
            hint = f"did you mean 'FIELDKEEP_{near.upper()}'?" if near else _SETTINGS
            raise UsageError(f"the variable {wrong} is no setting", hint)
        settings = _apply(settings, {name: value}, f"variable FIELDKEEP_{name.upper()}")
    return settings


def _environment(file: SettingsFile, root: Path, name: str) -> Mapping[str, Any]:
    match file.environments.get(name):
        case dict() as table:
            return table
        case None:
            if not file.there:
                raise UsageError(
                    f"there is no environment '{name}': {root} has no {file.name}",
                    "run in the project's folder, or name it with -C; `fieldkeep init` begins one",
                )
            header, known = file.header(name), sorted(file.environments)
            hint = f"known: {', '.join(known)}" if known else "add a table for it"
            raise UsageError(
                f"there is no [{header}] in {file.name}", did_you_mean(name, known, hint)
            )
    raise UsageError(
        f"{file.name}: {file.header(name)} is not a table", f"write [{file.header(name)}]"
    )


def _apply(settings: Settings, table: Mapping[str, Any], layer: str) -> Settings:
    values, origins = {}, dict(settings.origins)
    for name, value in table.items():
        if name not in PARSERS:
            hint = did_you_mean(name, PARSERS, _SETTINGS)
            raise UsageError(f"{layer}: unknown setting '{name}'", hint)
        try:
            values[name] = PARSERS[name](value)
        except Wrong as error:
            raise UsageError(f"{layer}: {name} {error}", _SETTINGS) from error
        origins[name] = layer
    return replace(settings, **values, origins=origins)


def _flagged(settings: Settings, flags: Flags, start: Path) -> Settings:
    options = {
        "store": flags.store,
        "key": flags.key,
        "source_version": flags.source_version,
        # a path on the command line is relative to the working directory
        "fields": str((start / flags.fields).absolute()) if flags.fields else None,
    }
    table = {name: value for name, value in options.items() if value is not None}
    settings = _apply(settings, table, "command line")
    if not flags.sources:
        return settings
    named = sources_of_flags(flags.sources)
    sources = {name: _from_here(setting, start) for name, setting in named.items()}
    return replace(
        settings, sources=sources, origins={**settings.origins, "sources": "command line"}
    )


def sources_of_flags(values: Sequence[str]) -> Mapping[str, SourceSetting]:
    """What ``--source`` names. Raises UsageError."""
    try:
        return parse_flags(values)
    except Wrong as error:
        hint = "for example --source north=prometheus/north.yml"
        raise UsageError(f"--source {error}", hint) from error


def _from_here(setting: SourceSetting, start: Path) -> SourceSetting:
    places = (
        where if is_url(where) or where.startswith("git:") else str(start / where)
        for where in setting.where
    )
    return replace(setting, where=tuple(places))
