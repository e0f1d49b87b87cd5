"""MirageOS applications: a config.ml by the name of its image, or a folder that holds one."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import unikernel_toolchain as toolchain
from unikernel_toolchain.configuration import left_files
from unikernel_toolchain.errors import BadRequest
from unikernel_toolchain.model import typed
from unikernel_toolchain.model.config import DEFAULT_TARGET, Config
from unikernel_toolchain.model.configuration import CONFIG, Configuration
from unikernel_toolchain.sources.application_folder import gather

from .errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from unikernel_toolchain.model.configuration import Configured

# Targets of MirageOS 3.9's that are ours by another name.
SERVED_BY = {"hvt": "virtio", "ukvm": "virtio", "spt": "unix", "macosx": "unix"}
_NOT_SERVED = ("xen", "qubes", "muen", "genode")
_FILE = "-f"  # of configure: another file than config.ml
TARGET_VARIABLE = "MODE"  # names the target where -t does not


@dataclass(frozen=True)
class Application:
    """A config.ml with its target, and the sources beside it where they are files."""

    configuration: Configuration
    target: str
    sources: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    note: str = ""

    def request(self, name: str) -> Config:
        """Return the request to build it. The sources may still be missing."""
        sources = self.sources or {CONFIG: self.configuration.text}
        return Config(
            name=name,
            sources=sources,
            labels=self.labels,
            target=self.target,
            configuration=self.configuration,
        )

    def configured(self, progress: Callable[[str, int, int], None] | None = None) -> Configured:
        """Return what config.ml describes. Raises ToolchainError."""
        return toolchain.configure(self.request("configure"), progress=progress)


_applications: dict[str, Application] = {}


def remember(name: str, application: Application) -> None:
    """Make this the application whose modules are built as `name`."""
    _applications[name] = application


def known(name: str) -> Application | None:
    """Return the application that was configured as `name` in this process."""
    return _applications.get(name)


def of_text(
    text: str,
    *,
    label: str = CONFIG,
    target: str | None = None,
    words: Iterable[str] = (),
    first_line: int = 1,
) -> Application:
    """Return the application of a config.ml in a cell; its data lie in the working folder."""
    served, note = target_of(target)
    configuration = Configuration(text, Path.cwd(), label, first_line, tuple(words))
    return Application(configuration, served, note=note)


def of_folder(
    folder: Path,
    *,
    target: str | None = None,
    words: Iterable[str] | None = None,
    config: Path | None = None,
) -> Application:
    """Return the application in a folder, with what configure was told there unless told anew.

    Raises BadRequest when there is none.
    """
    stored = left_files.words_in(folder) if words is None else None
    if stored:
        _, stored_target, *rest = stored
        target = target or stored_target
        if rest[:1] == [_FILE]:
            config, rest = config or folder / rest[1], rest[2:]
        words = rest
    served, note = target_of(target)
    found = gather(folder, config)
    configuration = Configuration(
        found.config, found.folder, found.config_label, words=tuple(words or ())
    )
    return Application(configuration, served, found.sources, found.labels, note)


def is_folder(path: Path) -> bool:
    """Say whether there is an application in this folder."""
    return (path / CONFIG).is_file() or (path / left_files.WORDS).is_file()


def leave(application: Application, configured: Configured, folder: Path) -> tuple[Path, ...]:
    """Write what the stage leaves for reading into the folder, and return the files."""
    file = Path(application.configuration.label)
    named = () if file.name == CONFIG else (_FILE, os.path.relpath(file, folder))
    words = ("-t", application.target, *named, *application.configuration.words)
    return left_files.leave(configured, folder, words)


def target_of(asked: str | None) -> tuple[str, str]:
    """Return which of our targets serves one of MirageOS's, and a sentence if it has another name.

    Without any, the environment's MODE, else virtio. Raises UsageError.
    """
    if asked is not None:
        typed.text("target", asked)
    name = asked or os.environ.get(TARGET_VARIABLE) or DEFAULT_TARGET
    if name in toolchain.TARGETS:
        return name, ""
    if name in SERVED_BY:
        return SERVED_BY[name], f"{name} is served by {SERVED_BY[name]} here."
    if name in _NOT_SERVED:
        raise UsageError(
            f"No target {name} here.", hint=f"There are: {', '.join(toolchain.TARGETS)}."
        )
    raise UsageError(
        f"No target {name!r}.", hint=did_you_mean(name, (*toolchain.TARGETS, *SERVED_BY))
    )


def request(application: Application, name: str, source: object, first_line: int = 1) -> Config:
    """Return the request to build an application, of a folder or with a cell as its module."""
    asked = application.request(name)
    if not isinstance(source, str):
        return asked
    return replace(asked, sources={"cell.ml": source}, first_line=first_line)


def words_of(keys: Sequence[str] | Mapping[str, object]) -> tuple[str, ...]:
    """Return keys as flags of configure. Raises BadRequest for what are none."""
    if not isinstance(keys, Mapping):
        return typed.texts("keys", keys)
    named = typed.mapping("keys", keys, '{"dhcp": True}')
    return tuple(_flag(name, value) for name, value in named.items())


def _flag(name: str, value: object) -> str:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    if isinstance(value, list | tuple):
        text = ",".join(map(str, value))
    return f"--{name}={text}"


def check_is_folder(folder: Path) -> None:
    """Raise BadRequest unless there is an application in it."""
    if not is_folder(folder):
        raise BadRequest(
            f"There is no config.ml in {folder}.", hint="Name an application's folder."
        )
