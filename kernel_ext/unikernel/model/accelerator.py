"""Accelerator: what executes a guest's instructions."""

from __future__ import annotations

from dataclasses import dataclass

ASKED_FOR = "asked for"


@dataclass(frozen=True)
class Accelerator:
    """What executes guest instructions: "kvm" or "tcg", and why that one."""

    name: str
    reason: str

    def __str__(self) -> str:
        return f"{self.name.upper()} ({self.reason})"

    @property
    def remark(self) -> str:
        """A sentence for whoever asked for nothing and gets less than KVM; else ""."""
        if self.name != "tcg" or self.reason == ASKED_FOR:
            return ""
        return f"Guests run emulated (TCG), which is slower than KVM: {self.reason}."
