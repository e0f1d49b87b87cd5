"""Why a module is in an image: the shortest chain of references from the program to it.

    the program's own modules ──▶ … ──▶ the module       first choice
    what starts the program   ──▶ … ──▶ the module       its devices, for one
    the image's entry, the OCaml runtime's list          what every such image has

The startup file of ocamlopt refers to every module, so a chain never leads through it.
"""

from __future__ import annotations

import shlex
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from unikernel_toolchain.errors import BadRequest
from unikernel_toolchain.model.image import Image

from . import inspect
from .references import STARTING, Part, References, references

# Modules that are written for the program, not by whoever wrote it (planning/planner.py).
_GENERATED = frozenset({"unikernel_main", "unikernel_logs", "unikernel_levels"})
_SUGGESTED = 8  # names in a hint
_UNKNOWN = 6  # beyond all ranks of names
_SHOWN_SYMBOLS = 3  # of those by which one module refers to the next
_SHOWN_USERS = 6


@dataclass(frozen=True)
class Step:
    """A module in a chain, and to which symbols of it the one before refers."""

    package: str
    module: str
    symbols: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reason:
    """Why a module is in an image: `chain` begins at the program and ends at the module.

    `users` are all modules that refer to it, by their names; one that is not `is_ocaml`
    is an object of C or assembly, which may have the name of a module of OCaml's.

    A chain of one step is a beginning: the program itself, or where the image begins. A last step
    without symbols is referred to by none: ocamlopt links it because a compiled interface names it,
    or its library wants all of it.
    """

    package: str
    module: str
    size_bytes: int
    chain: tuple[Step, ...]
    users: tuple[str, ...]
    is_ocaml: bool = True

    def lines(self) -> list[str]:
        """Return the chain for people, a module a line, then who else refers to the last."""
        if self.package == inspect.SYMBOLS:
            return ["names of functions, for reports of faults: --no-symbols leaves them out"]
        if not self.chain:
            return ["No module in the image refers to it: the linker keeps it in every such image."]
        first = self.chain[0]
        lines = [f"{first.module} ({_BEGINNINGS.get(first.package, first.package)})"]
        lines += [_link(step) for step in self.chain[1:]]
        before = self.chain[-2].module if len(self.chain) > 1 else ""
        others = [user for user in self.users if user != before]
        if others:
            more = len(others) - _SHOWN_USERS
            named = ", ".join(others[:_SHOWN_USERS]) + (f" and {more} more" if more > 0 else "")
            lines.append(f"also referred to by {named}")
        return lines


_BEGINNINGS = {inspect.APPLICATION: "the program", inspect.OCAML_RUNTIME: "what ocamlopt starts"}


def _link(step: Step) -> str:
    where = f"→ {step.module} [{step.package}]"
    if not step.symbols:
        return f"{where}: named by a compiled interface, but no module refers to it"
    more = len(step.symbols) - _SHOWN_SYMBOLS
    shown = ", ".join(step.symbols[:_SHOWN_SYMBOLS]) + (f" and {more} more" if more > 0 else "")
    return f"{where} by {shown}"


class Reasons:
    """The reasons for all modules of an image. Raises ImageInvalid when it cannot be read."""

    def __init__(self, image: Image) -> None:
        self.image = image
        self._references = references(image)
        self._sizes = {
            (one.package, one.module): one.size_bytes for one in inspect.contributions(image)
        }
        self._before = _tree(self._references, self._sizes)

    def of(self, package: str, module: str) -> Reason:
        """Return why a module is there; an empty chain when nothing tells."""
        part = (package, module)
        users = self._references.users(part)
        return Reason(
            package,
            self.name(part),
            self._sizes[part],
            tuple(self._steps(self._chain(part))),
            tuple(self.name(user) for user in users),
            not self._is_c(part),
        )

    def _distance(self, part: Part) -> tuple[bool, int]:
        """Return how far a module is from the program, what nothing refers to farthest."""
        chain = self._chain(part)
        return not chain or chain[0] == STARTING, len(chain)

    def _chain(self, part: Part) -> list[Part]:
        chain = [part] if part in self._before else []
        while chain and (previous := self._before[chain[0]]):
            chain.insert(0, previous)
        return chain

    def _steps(self, chain: list[Part]) -> Iterable[Step]:
        before: Part | None = None
        for part in chain:
            symbols = self._references.uses[before].get(part, ()) if before else ()
            yield Step(part[0], self.name(part), symbols)
            before = part

    def name(self, part: Part) -> str:
        """Return how a module's source calls it: Stdlib.List; an object in C by its file."""
        return self._references.names.get(part, part[1])

    def _is_c(self, part: Part) -> bool:
        return part not in self._references.names and part[0] != inspect.SYMBOLS

    def names(self) -> list[str]:
        """Return how the sources call the image's modules."""
        return sorted({self.name(part) for part in self._sizes})

    def find(self, name: str) -> Part:
        """Return the module of a name: Str, Stdlib.List, List, str.Str, a package, a symbol.

        Of a package it is the module that is nearest to the program. A name with a capital is no
        file of C's. Raises BadRequest when there is none or several.
        """
        ranked = {part: self._rank(part, name) for part in self._sizes}
        lowest = min(ranked.values())
        best = [part for part, rank in ranked.items() if rank == lowest < _UNKNOWN]
        best = best or self._defining(name)
        if name[:1].isupper() and best and all(self._is_file(part, name) for part in best):
            raise self._only_in_c(best[0], name)
        if len(best) == 1 or (best and {part[0].lower() for part in best} == {name.lower()}):
            return min(best, key=self._distance)
        if best:
            which = ", ".join(f"{part[0]}.{self.name(part)}" for part in sorted(best))
            raise BadRequest(f"Several modules are called {name!r}.", hint=f"Name one: {which}.")
        raise BadRequest(
            f"There is no module {name!r} in {self.image.name!r}.", hint=self._nearest(name)
        )

    def _rank(self, part: Part, name: str) -> int:
        """Return how well a module fits a name, 0 best; of two as good OCaml's, not C's."""
        package, module, shown = (text.lower() for text in (*part, self.name(part)))
        ranks = (
            {shown, f"{package}.{shown}", f"{package}.{module}"},
            {module, shown.rpartition(".")[2]},
            {package},
        )
        asked = name.lower()
        in_c = self._is_c(part)
        fits = (2 * rank + in_c for rank, names in enumerate(ranks) if asked in names)
        return next(fits, _UNKNOWN)

    def _is_file(self, part: Part, name: str) -> bool:
        return self._is_c(part) and part[1].lower() == name.lower()

    def _only_in_c(self, part: Part, name: str) -> BadRequest:
        file = f"A C file of that name is in it, {part[1]}.c of {part[0]}"
        return BadRequest(
            f"There is no OCaml module {name} in {self.image.name!r}.",
            hint=f"{file}: why {shlex.quote(self.image.name)} {part[1]}",
        )

    def _defining(self, symbol: str) -> list[Part]:
        """Return the module that has a symbol to which another refers, as its source calls it."""
        return sorted(
            {
                owner
                for used in self._references.uses.values()
                for owner, symbols in used.items()
                if symbol in symbols and owner in self._sizes
            }
        )

    def _nearest(self, name: str) -> str:
        known = {}
        if not name[:1].isupper():  # which is a module of OCaml's, and like no file or package
            known = {part[0].lower(): part[0] for part in self._sizes}
            known |= {part[1].lower(): part[1] for part in self._sizes}
        known |= {name.lower(): name for name in self._references.names.values()}
        close = get_close_matches(name.lower(), known, n=1)
        if close:
            return f"Did you mean {known[close[0]]!r}?"
        largest = sorted(self._sizes, key=lambda part: -self._sizes[part])[:_SUGGESTED]
        return f"Its largest: {', '.join(self.name(part) for part in largest)}."


def why(image: Image, module: str) -> Reason:
    """Return why `module` is in an image, with the chain of references that keeps it there.

    Raises BadRequest when there is no such module, ImageInvalid when the image cannot be read.
    """
    reasons = Reasons(image)
    return reasons.of(*reasons.find(module))


def _tree(known: References, parts: Iterable[Part]) -> Mapping[Part, Part | None]:
    """Return for each part the one before it on the shortest chain, None for beginnings."""
    own = [part for part in parts if part[0] == inspect.APPLICATION]
    written = [part for part in own if part[1] not in _GENERATED]
    before: dict[Part, Part | None] = {}
    for roots in (written, own, [known.entry], [STARTING]):
        queue = deque(sorted(root for root in roots if root not in before))
        before |= dict.fromkeys(queue)
        while queue:
            part = queue.popleft()
            for used in sorted(known.uses.get(part, ())):
                if used not in before and used != STARTING:
                    before[used] = part
                    queue.append(used)
    return before
