"""A config.ml as a program of the host: compiled, kept by its text, run for its answer.

It may do what any program of its author may. What it must not do is hang a notebook: its time and
memory have limits. It is run anew each time, in some 10 ms, for what it reads may have changed:
flags, variables of the environment, files.
"""

from __future__ import annotations

import hashlib
import signal
import tempfile
from dataclasses import replace
from functools import partial
from pathlib import Path

from unikernel_toolchain.errors import BadRequest, CompileError, TookTooLong, ToolchainError
from unikernel_toolchain.model.configuration import Configuration, Configured, Evaluation
from unikernel_toolchain.report import excerpts, language_hints
from unikernel_toolchain.store import cache, integrity
from unikernel_toolchain.tools import tool_os_errors
from unikernel_toolchain.tools.locate import Toolchain
from unikernel_toolchain.tools.progress import Progress, Steps
from unikernel_toolchain.tools.run import CompletedProcess, Stop, output_of, run

from . import answer, host_library
from .host_library import HostLibrary

PROGRAM = "config"
_SOURCE = "config.ml"
_TIME_LIMIT_S = 10
_MEMORY_LIMIT_KIB = 4 << 20
# ulimit of dash takes the processor's time in seconds and memory in KiB.
_LIMITED = f'ulimit -t {_TIME_LIMIT_S}; ulimit -v {_MEMORY_LIMIT_KIB}; exec "$@"'
# So begins what is wrong with config.ml itself, not with what it was asked. With the latter where
# it uses nothing of MirageOS's, which is not linked then.
_ERRORS = ("Error: ", "Fatal error: ")
_REGISTER = 'A config.ml ends in: let () = register "hello" [ foreign "Unikernel.Main" job ]'


def evaluate(
    configuration: Configuration,
    target: str,
    tools: Toolchain,
    progress: Progress,
    stop: Stop,
    *options: str,
) -> Evaluation:
    """Return what a config.ml describes, for this target; `options` are the program's own.

    Raises CompileError when it does not compile, or cannot be evaluated: with its lines. Raises
    BadRequest for flags that are wrong.
    """
    with tempfile.TemporaryDirectory(prefix="unikernel-") as folder:
        file = Path(folder, "answer")
        ours = ("configure", "--answer", str(file), *options)
        words = (*ours, "-t", target, *configuration.words)
        output = output_of(_run(configuration, words, tools, progress, stop))
        if not file.is_file():
            raise CompileError(
                f"{configuration.label} registers no unikernel.", detail=output, hint=_REGISTER
            )
        found = answer.read(file.read_bytes(), configuration.label)
    printed = tuple(f"{configuration.label} prints: {line}" for line in output.splitlines())
    return _with_notes(found, printed)


def _with_notes(found: Evaluation, notes: tuple[str, ...]) -> Evaluation:
    def noted(it: Configured) -> Configured:
        return replace(it, notes=(*it.notes, *notes))

    return Evaluation(noted(found.whole), {key: noted(it) for key, it in found.without.items()})


def key_help(
    configuration: Configuration, target: str, tools: Toolchain, progress: Progress, stop: Stop
) -> str:
    """Return the keys of a config.ml for this target, as help lists flags.

    The target is no key of it here: each command has a flag for that. Wrong flags make no
    difference. Raises CompileError.
    """
    words = ("help", "--without-key", "target", "-t", target, *configuration.words)
    return _run(configuration, words, tools, progress, stop).stdout


def _run(
    configuration: Configuration,
    words: tuple[str, ...],
    tools: Toolchain,
    progress: Progress,
    stop: Stop,
) -> CompletedProcess:
    library = host_library.expected(tools, stop)
    steps = Steps(progress, 0 if library.is_intact() else host_library.STEPS)
    host_library.ensure(library, steps, stop)
    steps.end("library of config.ml")
    program = _compiled(configuration, library, stop)
    command: list[str | Path] = ["sh", "-c", _LIMITED, PROGRAM, program, *words]
    try:
        process = run(command, folder=configuration.folder, stop=stop, time_limit_s=_TIME_LIMIT_S)
    except TookTooLong:
        raise _endless(configuration) from None
    if process.returncode == -signal.SIGXCPU:
        raise _endless(configuration)
    if process.returncode != 0:
        raise _failed(configuration, process)
    return process


# ---- compiled


def _compiled(configuration: Configuration, library: HostLibrary, stop: Stop) -> Path:
    """Return the program, compiled if it is not in the cache."""
    text = _numbered(configuration)
    digest = hashlib.sha256(f"{library.identity}\n{text}".encode()).hexdigest()
    folder = cache.configuration_folder(digest)
    if integrity.damage(folder):
        with cache.locked(f"configuration-{folder.name}"):
            if integrity.damage(folder):
                make = partial(_compile, configuration, text, library, stop)
                integrity.renew(folder, configuration.label, make)
    return folder / PROGRAM


def _numbered(configuration: Configuration) -> str:
    # An error at the end is on the last line, not behind it.
    return f'# {configuration.first_line} "{configuration.label}"\n{configuration.text.rstrip()}'


def _compile(
    configuration: Configuration, text: str, library: HostLibrary, stop: Stop, folder: Path
) -> None:
    (folder / _SOURCE).write_text(text, encoding="utf-8")
    compiler = str(library.tools.ocamlopt)
    # Interfaces say what is deprecated; a person who brings a program changes nothing in it.
    command = (compiler, "-g", "-w", "-3", *library.search, *library.archives, _SOURCE)
    process = run(
        (*command, "-o", PROGRAM), folder=folder, variables={"TMPDIR": str(folder)}, stop=stop
    )
    if process.returncode != 0:
        tool_os_errors.check(process, folder)
        raise _does_not_compile(configuration, output_of(process))
    for path in folder.iterdir():
        if path.name != PROGRAM:
            path.unlink()


def _does_not_compile(configuration: Configuration, output: str) -> CompileError:
    line = excerpts.first_error_line(output)
    where = f": error at line {line}" if line else ""
    return CompileError(
        f"{configuration.label} does not compile{where}.",
        detail=_with_excerpts(configuration, output),
        hint=language_hints.about(configuration, output),
    )


# ---- run


def _with_excerpts(configuration: Configuration, output: str) -> str:
    sources = excerpts.Sources({configuration.label: configuration.text}, configuration.first_line)
    return excerpts.in_ocaml(output, sources).strip()


def _endless(configuration: Configuration) -> ToolchainError:
    return CompileError(
        f"{configuration.label} did not come to an end within {_TIME_LIMIT_S} s.",
        hint="Is there a loop in it? It is to describe devices, and ends at once.",
    )


def _failed(configuration: Configuration, process: CompletedProcess) -> ToolchainError:
    """Return the error for a config.ml that ended otherwise than well."""
    detail = _with_excerpts(configuration, output_of(process))
    if process.returncode < 0:
        return CompileError(
            f"{configuration.label} was ended by the system while it was evaluated.",
            detail=detail,
            hint=f"It may use {_TIME_LIMIT_S} s and {_MEMORY_LIMIT_KIB >> 20} GiB: is there a "
            "loop or an endless recursion in it?",
        )
    line = excerpts.first_error_line(detail)
    said = process.stderr.strip().splitlines()[-1:]
    if line is None and said and not said[0].startswith(_ERRORS):
        return BadRequest(said[0], hint="configure --help lists the keys.")
    if not detail:
        what = (
            f"{configuration.label} ended with status {process.returncode} and registered nothing."
        )
        return CompileError(what, hint=f"Does it call exit? {_REGISTER}")
    where = f": error at line {line}" if line else ""
    return CompileError(f"{configuration.label} cannot be evaluated{where}.", detail=detail)
