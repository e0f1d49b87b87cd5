"""Completion and Shift-Tab in cells: OCaml's names, and the words of `%unikernel` lines.

IPython asks completers with the whole cell. Of an inspection it passes on the name alone, without
the cell: so what the kernel does with the request is ours first, until the extension is unloaded.
"""

from __future__ import annotations

import re
import threading
from typing import TYPE_CHECKING, Any

from IPython.core.completer import (
    CompletionContext,
    SimpleCompletion,
    SimpleMatcherResult,
    context_matcher,
)

from unikernel.frontends.commands.completion import complete
from unikernel.render import documentation

from .cells import Cell, cell_of
from .option_help import help_at

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from unikernel_toolchain.language.service import Service

TYPE_LIMIT = 70  # characters of a type in the list of completions
NO_BREAK = "\xa0"  # JupyterLab breaks a type's line at each blank
_service: Service | None = None
_lock = threading.Lock()  # it is made by who loads the extension or by who asks first


def service() -> Service:
    """Return what answers questions about OCaml."""
    global _service  # noqa: PLW0603 (one a process)
    with _lock:
        if _service is None:
            from unikernel_toolchain.language.service import Service

            _service = Service()
        return _service


@context_matcher(identifier="unikernel")  # type: ignore[untyped-decorator]
def complete_cell(context: CompletionContext) -> SimpleMatcherResult:
    """Complete `%unikernel` lines and the programs under them; other cells are left to others."""
    lines = context.full_text.split("\n")[: context.cursor_line]
    offset = sum(len(line) + 1 for line in lines) + context.cursor_position
    found = _completions(context.full_text, offset)
    if found is None:
        return {"completions": []}
    fragment, names = found
    return {"completions": names, "matched_fragment": fragment, "suppress": True}


def _completions(code: str, offset: int) -> tuple[str, list[SimpleCompletion]] | None:
    """Return what is being written at a place and what it may become; None for others' to say."""
    line = code[:offset].rpartition("\n")[2]
    found = complete(line)
    if found is not None:
        words = [SimpleCompletion(text=text, type=found.kind) for text in found.candidates]
        is_file = bool(found.fragment) and not words  # perhaps: IPython knows files
        return None if is_file else (found.fragment, words)
    cell = cell_of(code)
    return None if cell is None or offset < cell.begins else _names(cell, offset)


def _names(cell: Cell, offset: int) -> tuple[str, list[SimpleCompletion]]:
    from unikernel_toolchain.language.names import Place

    place = Place(cell.program, offset)
    fragment = place.prefix.rpartition(".")[2]
    if cell.is_c:
        words = set(re.findall(r"[A-Za-z_]\w+", cell.program)) - {fragment}
        fitting = sorted(word for word in words if word.startswith(fragment))
        return fragment, [SimpleCompletion(text=word, type="text") for word in fitting]
    config = None if cell.is_config else cell.request()
    found = service().complete(config, place)
    return fragment, [
        SimpleCompletion(text=it.name, type=_in_a_list(it.kind, it.type)) for it in found
    ]


def _in_a_list(kind: str, type_: str) -> str:
    """Return what stands beside a name: `val int -> int`, `module`."""
    text = f"{'val' if kind == 'value' else kind} {type_}".strip()
    short = text if len(text) <= TYPE_LIMIT else f"{text[: TYPE_LIMIT - 1]}…"
    return short.replace(" ", NO_BREAK)


def inspect(code: str, offset: int) -> dict[str, str] | None:
    """Return what is known of the word at a place of a cell; None when the cell is not ours."""
    begins = code.rfind("\n", 0, offset) + 1
    line = code[begins:].partition("\n")[0]
    if (told := help_at(line, offset - begins)) is not None:
        return documentation.mime_bundle(told)
    cell = cell_of(code)
    if cell is None or offset < cell.begins:
        return None
    if cell.is_c:
        return {}
    from unikernel_toolchain.language.names import Place

    config = None if cell.is_config else cell.request()
    found = service().describe(config, Place(cell.program, offset))
    told = documentation.of_name(found) if found else service().preparing(config)
    return documentation.mime_bundle(told) if told else {}


# ---- put into a shell, and taken out


def load(shell: Any) -> None:
    """Have a shell ask here first."""
    shell.Completer.custom_matchers.append(complete_cell)
    kernel = getattr(shell, "kernel", None)  # none in a terminal
    if kernel is not None:
        kernel.do_complete = _completing(kernel.do_complete)
        kernel.do_inspect = _inspecting(kernel.do_inspect)
        # Loading waits for nothing, neither for the compiler nor for modules to be imported.
        threading.Thread(target=_prepare, name="language", daemon=True).start()


def _prepare() -> None:
    service().prepare()


def unload(shell: Any) -> None:
    """Leave a shell as it was."""
    global _service  # noqa: PLW0603 (as above)
    if complete_cell in shell.Completer.custom_matchers:
        shell.Completer.custom_matchers.remove(complete_cell)
    kernel = getattr(shell, "kernel", None)
    for name in ("do_complete", "do_inspect"):
        ours: Any = getattr(kernel, name, None)
        if hasattr(ours, "unikernel_original"):
            setattr(kernel, name, ours.unikernel_original)
    with _lock:
        if _service is not None:
            _service.close()
            _service = None


def _completing(original: Callable[..., Any]) -> Callable[..., Any]:
    """Return what answers the kernel's requests for completions.

    IPython asks Python's completers, too, where ours have no answer: they know other languages not.
    """

    def do_complete(code: str, cursor_pos: int | None) -> Any:
        offset = len(code) if cursor_pos is None else cursor_pos
        found = _completions(code, offset)
        if found is None:
            return original(code, cursor_pos)
        fragment, names = found
        start = offset - len(fragment)
        typed = [
            {"start": start, "end": offset, "text": it.text, "type": it.type, "signature": ""}
            for it in names
        ]
        return {
            "status": "ok",
            "matches": [it.text for it in names],
            "cursor_start": start,
            "cursor_end": offset,
            "metadata": {"_jupyter_types_experimental": typed},
        }

    do_complete.unikernel_original = original  # type: ignore[attr-defined]
    return do_complete


def _inspecting(original: Callable[..., Any]) -> Callable[..., Any]:
    """Return what answers the kernel's requests for what a name means."""

    def do_inspect(
        code: str, cursor_pos: int, detail_level: int = 0, omit_sections: Collection[str] = ()
    ) -> Any:
        found = inspect(code, cursor_pos)
        if found is None:
            return original(code, cursor_pos, detail_level, omit_sections)
        return {"status": "ok", "found": bool(found), "data": found, "metadata": {}}

    do_inspect.unikernel_original = original  # type: ignore[attr-defined]
    return do_inspect
