"""Compiles the library OS's C and assembly into static archives."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from unikernel_toolchain.binary import private_names
from unikernel_toolchain.errors import ToolchainError
from unikernel_toolchain.targets import Target
from unikernel_toolchain.tools import locate, tool_os_errors
from unikernel_toolchain.tools.locate import CTools, Toolchain
from unikernel_toolchain.tools.run import Stop, output_of, run

LIBRARIES = ("platform", "solo5", "sys")  # beneath programs of either language
RUNTIME = "runtime"
_PLATFORM, *_ABOVE = LIBRARIES
_NAMES = "private-names"  # of the platform, and of it as the layers above see them
_STRICT = ("-Wall", "-Wextra", "-Werror")


@dataclass(frozen=True)
class CArchive:
    """lib<name>.a and what it is made of."""

    name: str
    sources: tuple[Path, ...]
    flags: tuple[str, ...]


def freestanding(target: Target, tools: CTools, sources: Path) -> tuple[str, ...]:
    """Return the flags for code beneath the C library: the platform and the Solo5 layer."""
    return (
        *(*target.c_flags, *target.platform_flags, "-nostdinc"),
        *("-isystem", str(tools.gcc_include)),
        *(f"-I{sources / 'include'}", f"-I{sources / 'platform'}"),
        *chain.from_iterable(("-isystem", str(locate.headers(name))) for name in target.headers),
    )


def hosted(target: Target, tools: CTools, sources: Path) -> tuple[str, ...]:
    """Return the flags for code above the C library: its system surface, stubs, applications."""
    return (
        *(*target.c_flags, "-nostdinc", f"-I{sources / 'include'}"),
        *("-isystem", str(tools.musl.include), "-isystem", str(tools.gcc_include)),
    )


def application(target: Target, tools: CTools, sources: Path) -> tuple[str, ...]:
    """Return the flags for a C program, which may bring a C library of its own.

    Nothing is known of functions by their names, and no loop becomes a call of one: it may be
    that function itself.
    """
    unassuming = ("-fno-builtin", "-fno-tree-loop-distribute-patterns")
    return (*hosted(target, tools, sources), *unassuming, "-Wall", "-Wextra")


def with_ocaml(tools: Toolchain) -> tuple[str, ...]:
    """Return the flags that bring the OCaml runtime's headers."""
    return ("-isystem", str(tools.ocaml_library))


def base_archives(target: Target, tools: CTools, sources: Path) -> tuple[CArchive, ...]:
    """Return the C archives beneath programs of either language, for this target."""
    beneath = freestanding(target, tools, sources)
    above = hosted(target, tools, sources)
    platform = [sources / "platform" / folder for folder in target.platform]
    parts = (
        (_c_files(*platform), beneath),
        (_c_files(sources / "solo5"), beneath),
        (_c_files(sources / "runtime/libc"), (*above, "-ffreestanding")),
    )
    return tuple(CArchive(name, *part) for name, part in zip(LIBRARIES, parts, strict=True))


def runtime_archive(target: Target, tools: Toolchain, sources: Path) -> CArchive:
    """Return what OCaml's own runtime stands on, for this target."""
    flags = (*hosted(target, tools.c, sources), *with_ocaml(tools))
    return CArchive(RUNTIME, _ocaml_runtime(tools, sources / "runtime/ocaml"), flags)


def _ocaml_runtime(tools: Toolchain, folder: Path) -> tuple[Path, ...]:
    """Return what is beneath every OCaml program, and beneath one of this generation."""
    generation = folder / f"ocaml{tools.ocaml_version[0]}"
    return tuple(sorted((*folder.glob("*.[cS]"), *_c_files(generation))))


def _c_files(*folders: Path) -> tuple[Path, ...]:
    return tuple(
        path for folder in folders for path in sorted(folder.rglob("*.[cS]")) if path.is_file()
    )


def build_archive(
    archive: CArchive, folder: Path, sources: Path, tools: CTools, stop: Stop
) -> None:
    """Leave lib<name>.a in `folder`.

    Raises ToolchainError with the compiler's output, OSError when the system refused something.
    """
    objects = folder / f"{archive.name}.objects"
    objects.mkdir()
    jobs: list[tuple[str | Path, ...]] = []
    for source in archive.sources:
        name = "_".join(source.relative_to(sources).with_suffix(".o").parts)
        # Else the objects would differ with the folder that they are compiled in.
        maps = (f"-ffile-prefix-map={sources}=libos", f"-fdebug-prefix-map={folder}=.")
        flags = (*_STRICT, *maps, *archive.flags)
        jobs.append((tools.gcc, *flags, "-c", source, "-o", objects / name))
    _compile(jobs, folder, stop)
    _rename(archive.name, objects, folder, tools, stop)
    library = folder / f"lib{archive.name}.a"
    _do([tools.ar, "rcsD", library, *sorted(objects.iterdir())], library.name, folder, stop)
    shutil.rmtree(objects)


def _rename(name: str, objects: Path, folder: Path, tools: CTools, stop: Stop) -> None:
    """Give the platform's symbols, and what refers to them from above, their private names."""
    if name == _PLATFORM:
        names = private_names.renamed(objects.iterdir())
        (folder / f"{_NAMES}.{_PLATFORM}").write_text(private_names.listed(names))
        above = private_names.listed(private_names.seen_above(names))
        for layer in _ABOVE:
            (folder / f"{_NAMES}.{layer}").write_text(above)
    table = folder / f"{_NAMES}.{name}"
    if not table.is_file():
        return
    for path in sorted(objects.iterdir()):
        _do([tools.objcopy, f"--redefine-syms={table}", path], path.name, folder, stop)


def _compile(jobs: Sequence[tuple[str | Path, ...]], folder: Path, stop: Stop) -> None:
    workers = len(os.sched_getaffinity(0))
    with ThreadPoolExecutor(workers, thread_name_prefix="compile") as pool:
        try:
            running = [pool.submit(_do, job, Path(job[-3]).name, folder, stop) for job in jobs]
            for future in running:
                future.result()
        except (ToolchainError, OSError):
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _do(command: Sequence[str | Path], what: str, folder: Path, stop: Stop) -> None:
    """Run a program, in `folder`, that leaves `what` there, and its temporary files too."""
    # gcc takes the folder's name from PWD: what it would find itself has no symbolic links.
    variables = {"TMPDIR": str(folder), "PWD": str(folder)}
    process = run(command, folder=folder, variables=variables, stop=stop)
    if process.returncode != 0:
        tool_os_errors.check(process, folder)
        raise ToolchainError(
            f"The library OS does not build: {what}.",
            detail=output_of(process).strip(),
            hint="Is the compiler older than the one of Debian 12? `unikernel doctor` tells.",
        )
