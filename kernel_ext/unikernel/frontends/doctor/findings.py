"""What an examination finds, as text and as HTML."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from html import escape

from unikernel.render import display
from unikernel.render.results import Result
from unikernel_toolchain.messages.visible import visible_lines


class Status(StrEnum):
    """How a finding is to be taken."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


ADVICE = "What lacks packages: doctor --install names or installs all of them at once."
COLOURS = {Status.OK: display.OK, Status.WARN: display.WARN, Status.FAIL: display.FAILED}


@dataclass(frozen=True)
class Finding:
    """What was found about `item`; `hint` says what to do about it."""

    status: Status
    item: str
    fact: str
    hint: str = ""


Check = tuple[str, Callable[[], Finding]]  # what is looked at, and how


@dataclass(frozen=True, repr=False)
class Examination(Result):
    """All findings."""

    findings: tuple[Finding, ...]

    @property
    def healthy(self) -> bool:
        """True when nothing fails."""
        return all(finding.status is not Status.FAIL for finding in self.findings)

    def __str__(self) -> str:
        width = max(len(finding.item) for finding in self.findings)
        lines = []
        for finding in self.findings:
            lines.append(f"{finding.status:<4}  {finding.item:<{width}}  {finding.fact}")
            lines += [f"      {'':<{width}}  {finding.hint}"] if finding.hint else []
        lines += [] if self.healthy else [ADVICE]
        return visible_lines("\n".join(lines))

    def _repr_html_(self) -> str:
        rows = "".join(
            f'<tr><td style="color: {COLOURS[finding.status]}; font-weight: 600">'
            f"{finding.status}</td>"
            f'<td style="text-align: left">{_html(finding.item)}</td>'
            f'<td style="text-align: left">{_html(finding.fact)}'
            f"{'<br>' if finding.hint else ''}<i>{_html(finding.hint)}</i></td></tr>"
            for finding in self.findings
        )
        advice = "" if self.healthy else f"<p>{ADVICE}</p>"
        return f"<table><tbody>{rows}</tbody></table>{advice}"


def _html(text: str) -> str:
    return escape(visible_lines(text))
