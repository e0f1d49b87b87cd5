"""What a sweep is about: a program that is built at each setting, or an image as it is."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any, cast

import unikernel_toolchain as toolchain
from unikernel import images, programs
from unikernel.errors import UsageError
from unikernel_toolchain.messages.visible import visible
from unikernel_toolchain.model import typed
from unikernel_toolchain.model.config import Config
from unikernel_toolchain.model.device import BLOCK, NET, Device, block_devices, network_devices
from unikernel_toolchain.model.image import Image
from unikernel_toolchain.postlink import SYMBOLS

Subject = str | Path | Sequence[str | Path] | Image
Progress = Callable[[str, int, int], None]

BUILD_OPTIONS = (
    *("name", "target", "language", "packages", "symbols", "without_passes", "nets", "blocks"),
)
LONGEST = 64  # characters of an image's name
_NAME = "sweep"  # of an image of a program's text
_OF_SWEEP = "-sweep"  # behind the name of an image that is built in another way
_ROOM = LONGEST - len(_OF_SWEEP)
_IMAGE_NAME = re.compile(r"[\w\-. +]{1,64}")  # as check_name has it; no program looks so


@dataclass(frozen=True)
class Program:
    """A program, given by its source or by its image.

    `request(options)` returns what is to be built with options of `build`; None of an image whose
    program is not known here. `image` is the image as it is, if it was one that was given.
    """

    name: str
    request: Callable[[Mapping[str, Any]], Config] | None
    image: Image | None = None

    @cached_property
    def as_given(self) -> Config | None:
        """What is built without any option; None where the program is not known."""
        return self.request({}) if self.request else None

    @cached_property
    def texts(self) -> tuple[str, ...]:
        """The program's texts, as far as they are known."""
        if self.as_given is None:
            return ()
        configuration = self.as_given.configuration
        return (*self.as_given.sources.values(), *([configuration.text] if configuration else []))

    def identity(self) -> str:
        """Return what tells the program from others: a digest of its texts, or of the image."""
        if self.image:
            return self.image.digest
        return hashlib.sha256(json.dumps(self.texts).encode()).hexdigest()

    def check_buildable(self, setting: str) -> None:
        """Raise UsageError when what this setting needs built cannot be."""
        if self.request is None:
            raise UsageError(
                f"{setting} is a matter of building, and the program of {self.name!r} is not "
                "known here.",
                hint="Give the program instead of its image: its text, or Path(FILE).",
            )
        if self.image and setting in ("name", "language"):
            raise UsageError(f"The {setting} of an image cannot be chosen any more.")

    def devices_named(self, wiring: object) -> list[str]:
        """Return the devices that a program must have to be wired so.

        An image has its own, as has an application with a config.ml.
        """
        has_own = self.image or (self.as_given and self.as_given.configuration)
        named = wiring if isinstance(wiring, Mapping) and not has_own else {}
        return [str(name) for name in named if name]

    def at(
        self,
        options: Mapping[str, Any],
        put: Callable[[str], str],
        progress: Progress | None = None,
    ) -> Image:
        """Return the image built with `options`, and `put(text)` in place of each of its texts.

        Raises ToolchainError, and UsageError for options that make no sense.
        """
        if self.request is None:
            return cast("Image", self.image)
        asked = self.request(options)
        asked = replace(asked, sources={name: put(text) for name, text in asked.sources.items()})
        if self.image and asked == self.as_given:
            return self.image
        if self.image:  # which stays the one of its name
            asked = replace(asked, name=f"{asked.name[:_ROOM]}{_OF_SWEEP}")
        return toolchain.build(asked, progress=progress)


def program_of(subject: object, first_line: int = 1) -> Program:
    """Return the program that a caller means.

    Raises NoSuchImage for a name that no image has, UsageError and BadRequest for anything else.
    """
    if isinstance(subject, str) and _IMAGE_NAME.fullmatch(subject):
        subject = images.image(subject)
    if isinstance(subject, Image):
        known = images.request_of(subject)
        return Program(subject.name, partial(_rebuilt, known) if known else None, subject)
    if isinstance(subject, str | Path | list | tuple):
        name = _name_of(subject)
        return Program(name, partial(_built, subject, name, first_line))
    raise UsageError(
        "A sweep is about a program's text, the Path of its file, an image or its name, "
        f"not {visible(typed.brief(subject))}."
    )


def _name_of(subject: str | Path | Sequence[str | Path]) -> str:
    path = subject[-1] if isinstance(subject, list | tuple) and subject else subject
    shown = re.sub(r"[^\w\-. +]", "", path.resolve().stem) if isinstance(path, Path) else ""
    return shown.strip(" .-")[:LONGEST] or _NAME


def _built(
    source: str | Path | Sequence[str | Path],
    name: str,
    first_line: int,
    options: Mapping[str, Any],
) -> Config:
    """Return the request for a program with options of `build`."""
    named = {"name": name, "first_line": first_line, **options}
    return programs.request(source, **named)


def _rebuilt(known: Config, options: Mapping[str, Any]) -> Config:
    """Return the request that made an image, with other options."""
    asked = known
    if options.get("target", asked.target) != asked.target:
        # What a config.ml says may differ from target to target: it is run again.
        asked = replace(asked, target=typed.text("target", options["target"]), evaluation=None)
    if options.keys() & {"nets", "blocks"}:
        if asked.configuration:
            programs.check_no_devices(options.get("nets", ()), options.get("blocks", ()))
        nets = network_devices(options["nets"]) if "nets" in options else of_kind(asked, NET)
        blocks = block_devices(options["blocks"]) if "blocks" in options else of_kind(asked, BLOCK)
        asked = replace(asked, devices=(*nets, *blocks))
    if options.keys() & {"packages", "symbols", "without_passes"}:
        off = [one for one in asked.without_passes if one != SYMBOLS]
        asked = programs.with_options(
            asked,
            packages=options.get("packages", asked.packages),
            symbols=options.get("symbols", SYMBOLS not in asked.without_passes),
            without_passes=options.get("without_passes", off),
        )
    return asked


def of_kind(asked: Config, kind: str) -> tuple[Device, ...]:
    """Return the devices of one kind that are asked for."""
    return tuple(device for device in asked.devices if device.kind == kind)
