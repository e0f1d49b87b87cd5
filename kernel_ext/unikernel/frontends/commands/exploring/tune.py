"""The command `tune`: the best of many settings, with few measurements."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unikernel.errors import UsageError

from . import axes, sweep

if TYPE_CHECKING:
    from unikernel.exploration.tuning.tune import Tuning
    from unikernel.frontends.commands.arguments import Parser
    from unikernel.frontends.commands.call import Call


def add(parser: Parser) -> None:
    """Describe the command."""
    sweep.add_subject(parser)
    parser.add_argument(
        "--metric",
        metavar="NAME",
        help="what is to be best, such as http.cpu (default: what stands for the measurement)",
    )
    parser.add_argument(
        "--goal",
        choices=("max", "min"),
        help="what best is (default: min of times and sizes, max of all else)",
    )
    parser.add_argument(
        "--at-most", type=int, metavar="N", help="measurements that are taken (default 40)"
    )
    sweep.add_course(parser)
    axes.add(parser, "not of a tuning, which measures again what is promising: see --at-most")


def tune(call: Call) -> Tuning:
    """Look for the best combination, show how far it is, and return what was found.

    Raises UsageError, PackageUnavailable without Optuna, and Unfinished when it is interrupted.
    """
    from unikernel.exploration.tuning.tune import tune as tuned
    from unikernel.plots import export

    options = call.options
    if options.save:
        export.check(options.save)
    varied = axes.axes_of(options)
    if not varied:
        raise UsageError(
            "Tuning chooses among settings, and no axis is given.",
            hint=f"%unikernel tune {options.what} {options.name} --axis memory_mib=32,64,128",
        )
    if options.repeat is not None:
        raise UsageError(
            "Tuning takes no repeat: it measures again what is promising.",
            hint="--at-most says how many measurements it takes; sweep repeats all.",
        )
    names = ("metric", "goal", "at_most", "warm_ups", "seed")
    asked = {name: value for name in names if (value := getattr(options, name)) is not None}
    found = tuned(
        options.what,
        axes=varied,
        file=options.output,
        progress=call.progress,
        **sweep.subject(call),
        **asked,
        **axes.fixed_of(options, varied),
    )
    if options.save:
        from unikernel import plots

        plots.tuning(found).save(options.save)
    return found
