"""Files put into a folder: all of them or none, and none over another unless that is asked for."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from unikernel.errors import UnikernelError, UsageError
from unikernel_toolchain.messages import os_errors
from unikernel_toolchain.messages.visible import visible

Contents = str | Path  # a text, or the file to copy, with its mode


def put(folder: Path, files: Mapping[str, Contents], *, replace: bool) -> None:
    """Put files into a folder, which is made if it is not there.

    Raises UsageError where one of them is there already, and without `replace`; UnikernelError when
    the system refuses: then all is as it was before.
    """
    doing = f"Exporting to {visible(str(folder))}"
    with os_errors.raised_as(doing, UnikernelError, os_errors.NAMED):
        _check_no_folders(folder, files)
    if not replace:
        _check_free(folder, files)
    made = [place for place in (folder, *folder.parents) if not place.exists()]
    drafts = {name: folder / f".{name}.{os.getpid()}" for name in files}
    try:
        with os_errors.raised_as(doing, UnikernelError, os_errors.NAMED):
            folder.mkdir(parents=True, exist_ok=True)
            for name, draft in drafts.items():
                _write(draft, files[name])
            _name(folder, drafts, replace=replace)
    except BaseException:
        for path in drafts.values():
            with contextlib.suppress(OSError):
                path.unlink()
        for place in made:  # from the innermost one out
            with contextlib.suppress(OSError):
                place.rmdir()
        raise


def _check_free(folder: Path, names: Mapping[str, Contents]) -> None:
    there = [name for name in names if os.path.lexists(folder / name)]
    if there:
        raise _taken(folder, there)


def _check_no_folders(folder: Path, names: Mapping[str, Contents]) -> None:
    places = {name: folder / name for name in names}
    there = [name for name, it in places.items() if it.is_dir() and not it.is_symlink()]
    if there:
        found = ", ".join(visible(name) for name in there)
        raise UsageError(
            f"In {visible(str(folder))} a folder is in the way: {found}. Nothing was written.",
            hint="Name another folder, or remove it first.",
        )


def _taken(folder: Path, names: list[str]) -> UsageError:
    found = ", ".join(visible(name) for name in names)
    return UsageError(
        f"In {visible(str(folder))} there is already: {found}. Nothing was written.",
        hint="Name another folder, or write over it: --replace (replace=True).",
    )


def _write(draft: Path, contents: Contents) -> None:
    """Write a file, and have it on the disk: a full one may say so only then."""
    if isinstance(contents, Path):
        with contents.open("rb") as source, draft.open("wb") as file:
            shutil.copyfileobj(source, file)  # copyfile blames the source for a disk that is full
        draft.chmod(contents.stat().st_mode & 0o777 | 0o600)
    else:
        draft.write_text(contents, encoding="utf-8")
    with draft.open("rb+") as file:
        os.fsync(file.fileno())


def _name(folder: Path, drafts: Mapping[str, Path], *, replace: bool) -> None:
    """Give finished files their names; without `replace` none that somebody has taken meanwhile."""
    placed: list[Path] = []
    try:
        for name, draft in drafts.items():
            place = folder / name
            if replace:
                draft.replace(place)
            else:
                _link(draft, place)
                placed.append(place)
    except BaseException:
        for place in placed:
            place.unlink(missing_ok=True)
        raise


def _link(draft: Path, place: Path) -> None:
    try:
        place.hardlink_to(draft)
    except FileExistsError:
        raise _taken(place.parent, [place.name]) from None
    except OSError as problem:
        if problem.errno not in {errno.EPERM, errno.EOPNOTSUPP, errno.EMLINK}:
            raise
        draft.replace(place)  # a file system without links
    else:
        draft.unlink()
