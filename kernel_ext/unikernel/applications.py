"""MirageOS applications: a config.ml by the name of its image, or a folder that holds one."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import unikernel_toolchain as toolchain
from unikernel_toolchain.configuration import left_files, told
from unikernel_toolchain.configuration.told import Told
from unikernel_toolchain.model import typed
from unikernel_toolchain.model.config import DEFAULT_TARGET, Config
from unikernel_toolchain.model.configuration import CONFIG, Configuration, Evaluation
from unikernel_toolchain.sources.application_folder import gather, no_config
from unikernel_toolchain.sources.text import near

from .errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from unikernel_toolchain.model.configuration import Configured

# Targets of MirageOS 3.9's that are ours by another name.
SERVED_BY = {"hvt": "virtio", "ukvm": "virtio", "spt": "unix", "macosx": "unix"}
_SOLO5 = ("hvt", "spt")
_NOT_SERVED = ("qubes", "muen", "genode")
_VARIABLE = "MODE"  # names the target where -t does not


@dataclass(frozen=True)
class Application:
    """A config.ml with its target, and the sources beside it where they are files."""

    configuration: Configuration
    target: str
    sources: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    note: str = ""
    evaluation: Evaluation | None = None

    def request(self, name: str) -> Config:
        """Return the request to build it. The sources may still be missing."""
        sources = self.sources or {CONFIG: self.configuration.text}
        return Config(
            name=name,
            sources=sources,
            labels=self.labels,
            target=self.target,
            configuration=self.configuration,
            evaluation=self.evaluation,
        )

    def evaluated(self, progress: Callable[[str, int, int], None] | None = None) -> Application:
        """Return the same with its config.ml run, for who shows and builds it in one go."""
        asked = toolchain.evaluate(self.request("configure"), progress=progress)
        return replace(self, evaluation=asked.evaluation)

    def key_help(self, progress: Callable[[str, int, int], None] | None = None) -> str:
        """Return the keys of config.ml as a help lists flags. Raises ToolchainError."""
        return toolchain.key_help(self.request("configure"), progress=progress)

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


@dataclass(frozen=True)
class Place:
    """Where an application is: its folder, its config.ml, and where what is made of it is left."""

    folder: Path
    config: Path
    left: Path

    def told(self, target: str, main: str, words: tuple[str, ...]) -> Told:
        """Return what is kept in `left` of what configure was told."""
        folder, left = self.folder.resolve(), self.left.resolve()
        config = os.path.relpath(self.config.resolve(), folder)
        return Told(
            target=target,
            folder="" if folder == left else os.path.relpath(folder, left),
            config="" if config == CONFIG else config,
            main=main,
            words=words,
        )


def place_of(
    folder: Path | None = None,
    *,
    config: Path | None = None,
    build_dir: Path | None = None,
    anew: bool = False,
) -> Place:
    """Return where the application is that a person means.

    Its folder is the one named, else that of the file `config`, else this one. What is made of it
    is left there, or in the sub-folder `build_dir`. Unless a file is named, or it is configured
    `anew`, it is where configure was told that left its files there.
    """
    if config is not None:
        beside = folder / config if folder else config
        found = beside if beside.is_file() and not config.is_file() else config
        home = folder or config.parent
        return Place(home, found, home / (build_dir or ""))
    home = folder or Path()
    left = home / (build_dir or "")
    said = None if anew else told.read(left)
    if said and said.folder:
        home = near(left / said.folder)
    return Place(home, home / (said.config if said and said.config else CONFIG), left)


def of_place(
    place: Place,
    *,
    target: str | None = None,
    words: Iterable[str] = (),
    anew: bool = False,
    default: str = DEFAULT_TARGET,
) -> Application:
    """Return the application in a place, with what configure was told there unless told `anew`.

    `words` are flags of its keys, which count more; `default` is the target where nobody names one.
    Raises BadRequest when there is none.
    """
    said = (None if anew else told.read(place.left)) or Told()
    served, note = target_of(target or said.target or None, default)
    found = gather(place.folder, place.config)
    asked = told.merged(said.words, tuple(words))
    configuration = Configuration(found.config, found.folder, found.config_label, words=asked)
    return Application(configuration, served, found.sources, found.labels, note)


def of_folder(
    folder: Path, *, target: str | None = None, words: Iterable[str] | None = None
) -> Application:
    """Return the application in a folder, as `of_place` does; with `words`, told anew."""
    anew = words is not None
    return of_place(place_of(folder, anew=anew), target=target, words=words or (), anew=anew)


def of_path(
    path: Path, *, target: str | None = None, words: Iterable[str] | None = None
) -> Application:
    """Return the application in a folder, or of a config.ml, as `of_folder` does."""
    if not path.is_file():
        return of_folder(path, target=target, words=words)
    anew = words is not None
    place = place_of(config=path, anew=anew)
    return of_place(place, target=target, words=words or (), anew=anew)


def folder_of(path: Path) -> Path:
    """Return the folder of an application that is named by it, or by its config.ml."""
    return path.parent if path.is_file() else path


def is_application(path: Path) -> bool:
    """Say whether this is the folder of an application, or its config.ml."""
    return is_folder(path) or (path.name == CONFIG and path.is_file())


def is_folder(path: Path) -> bool:
    """Say whether there is an application in this folder, or what was made of one."""
    return (path / CONFIG).is_file() or (path / told.FILE).is_file()


def is_configured(folder: Path) -> bool:
    """Say whether configure left its files in this folder."""
    return told.read(folder) is not None


def leave(
    application: Application, configured: Configured, place: Place, main: str = ""
) -> tuple[Path, ...]:
    """Write what the stage leaves for reading, and return the files."""
    said = place.told(application.target, main, application.configuration.words)
    return left_files.leave(configured, place.left, said)


def served(target: str) -> str:
    """Return which of our targets serves one that MirageOS calls so; others as they are."""
    return SERVED_BY.get(target, target)


def target_of(asked: str | None, default: str = DEFAULT_TARGET) -> tuple[str, str]:
    """Return which of our targets serves one of MirageOS's, and a sentence if it has another name.

    Without any, the environment's MODE, else `default`. Raises UsageError.
    """
    if asked is not None:
        typed.text("target", asked)
    name = asked or os.environ.get(_VARIABLE) or default
    by = "" if asked else f", which the variable {_VARIABLE} names"
    if name in toolchain.TARGETS:
        return name, ""
    if name in SERVED_BY:
        instead = f": unikernel run boots it, in place of solo5-{name}" if name in _SOLO5 else ""
        return SERVED_BY[name], f"{name} is served by {SERVED_BY[name]} here{instead}."
    if name in _NOT_SERVED:
        raise UsageError(
            f"No target {name} here{by}.", hint=f"There are: {', '.join(toolchain.TARGETS)}."
        )
    raise UsageError(
        f"No target {name!r}{by}.", hint=did_you_mean(name, (*toolchain.TARGETS, *SERVED_BY))
    )


def request(application: Application, name: str, source: object, first_line: int = 1) -> Config:
    """Return the request to build an application, of a folder or with a cell as its module."""
    asked = application.request(name)
    if not isinstance(source, str):
        return asked
    return replace(asked, sources={"cell.ml": source}, first_line=first_line)


def check_is_folder(folder: Path) -> None:
    """Raise BadRequest unless there is an application in it."""
    if not is_folder(folder):
        raise no_config(folder / CONFIG)
