"""The commands `doctor` and `clean`: what is here, and what need not be."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from unikernel import applications
from unikernel.errors import UsageError
from unikernel.host.distribution.installation import GROUPS
from unikernel.machines import leftovers
from unikernel.render.results import Note, Result
from unikernel_toolchain.store import cache

from .applications import actions as application_actions
from .applications import arguments as application_arguments
from .command import Command

if TYPE_CHECKING:
    from .arguments import Parser
    from .call import Call


def _add_doctor(parser: Parser) -> None:
    """Describe `doctor`."""
    parser.add_argument(
        "--install",
        metavar="GROUP",
        nargs="*",
        choices=GROUPS,
        help=f"install the distribution's packages that are missing, as root or by sudo, after "
        f"asking: of these groups ({', '.join(GROUPS)}; default: all but the last)",
    )
    parser.add_argument("--yes", "-y", action="store_true", help="install without asking")


def _doctor(call: Call) -> Result:
    """Check tools, caches, QEMU, the accelerator and processes; or install what is missing.

    Raises UsageError for an answer to no question.
    """
    from unikernel.frontends import doctor

    options = call.options
    if options.install is None and options.yes:
        raise UsageError("--yes answers --install, which is not there.", hint="Add --install.")
    if options.install is None:
        return doctor.examine()
    return doctor.install(*options.install, agreed=options.yes)


def _add_clean(parser: Parser) -> None:
    """Describe `clean`."""
    parser.add_argument(
        "folder",
        metavar="DIR",
        nargs="?",
        help="what configure and build left in this folder (default: the current one, if it is an "
        "application's; else the cache)",
    )
    parser.add_argument("--cache", action="store_true", help="the images in the cache, anywhere")
    parser.add_argument(
        "--all",
        action="store_true",
        help="the cache with the built library OS and the Linux baseline, anywhere",
    )
    application_arguments.add_file(parser)
    application_arguments.add_build_dir(parser)


def _clean(call: Call) -> Result:
    """Remove built images and what dead processes left; with --all the library OS too.

    Machines that run are not touched; images in memory of this process must be built again.
    With a folder, and in that of an application, what configure and build left there, and nothing
    else: the cache is every application's. Raises UsageError for a folder and the cache at once.
    """
    options = call.options
    of_cache = options.all or options.cache
    place_named = any((options.folder, options.file, options.build_dir))
    if place_named and of_cache:
        raise UsageError(
            "The cache is no folder's own.", hint="Clean a folder, or the cache: one at a time."
        )
    if place_named or getattr(options, "of_mirage", False):
        return application_actions.clean_place(call)
    if not of_cache and applications.is_folder(Path()):
        cleaned = application_actions.clean_place(call)
        return Note(f"{cleaned} The cache is as it was: {call.prompt} clean --cache empties it.")
    freed_mib = cache.clean(everything=options.all) / 2**20
    stale = leftovers.remove_stale()
    left = f" and {stale} run folders of processes that are gone" if stale else ""
    kept = cache.made_once_mib()
    more = f" {kept} MiB that are made once stay (library OS, Xen lab and the like): "
    stays = f"{more}{call.prompt} clean --all removes them." if kept else ""
    return Note(f"Removed {freed_mib:.1f} MiB from {cache.root()}{left}.{stays}")


COMMANDS = {
    "doctor": Command(
        _add_doctor, "check tools, caches, QEMU, the accelerator and processes", _doctor
    ),
    "clean": Command(_add_clean, "remove caches and leftovers", _clean),
}
