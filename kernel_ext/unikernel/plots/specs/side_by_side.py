"""Targets side by side for the mouse: a panel of bars for each metric."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import panels, vega_lite

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .vega_lite import Spec


def spec(
    metrics: Mapping[tuple[str, str], Mapping[str, Sequence[float]]],
    colours: Mapping[str, str],
    title: str,
) -> Spec:
    """Return a panel for each of `metrics`, by heading and unit: the samples of each target."""
    across: list[Spec] = []
    for (heading, unit), samples in metrics.items():
        across.append(
            panels.bars(
                [panels.bar(name, values) for name, values in samples.items()],
                list(colours),
                unit,
                title=heading,
                zoom=f"zoom_{len(across)}",
                palette=list(colours.values()),
                parameters=[] if across else [panels.chosen()],
            )
        )
    return vega_lite.chart(title, legend="bottom", concat=across, columns=2)
