"""A Jupyter kernel with the extension loaded, over Jupyter's protocol."""

import subprocess
from pathlib import Path
from typing import Any

from jupyter_client.manager import KernelManager

TIME_LIMIT_S = 120


class Kernel:
    """A kernel with the extension loaded, and what it says."""

    def __init__(self, folder: Path | None = None) -> None:
        """`folder` is where it works."""
        self.manager = KernelManager(kernel_name="python3")
        self.manager.start_kernel(stderr=subprocess.DEVNULL, cwd=str(folder or Path.cwd()))
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=TIME_LIMIT_S)
        self.run("%load_ext unikernel")

    @property
    def pid(self) -> int:
        provisioner: Any = self.manager.provisioner
        return int(provisioner.pid)

    def close(self) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)

    def submit(self, code: str) -> str:
        return str(self.client.execute(code))

    def outputs(self, request: str) -> list[tuple[str, dict[str, Any]]]:
        """Return what a request brought, as (type, content), once it has been done."""
        found: list[tuple[str, dict[str, Any]]] = []
        while True:
            message = self.client.get_iopub_msg(timeout=TIME_LIMIT_S)
            if message["parent_header"].get("msg_id") != request:
                continue
            kind, content = message["msg_type"], message["content"]
            if kind == "status" and content["execution_state"] == "idle":
                return found
            found.append((kind, content))

    def run(self, code: str) -> list[tuple[str, dict[str, Any]]]:
        """Run a cell and return its outputs. Fails when the cell does."""
        outputs = self.outputs(self.submit(code))
        errors = [content["evalue"] for kind, content in outputs if kind == "error"]
        assert errors == []
        return outputs

    def text(self, code: str) -> str:
        """Run a cell and return the plain text of its last output."""
        return str(self.run(code)[-1][1]["data"]["text/plain"])

    def ask(self, request: str) -> dict[str, Any]:
        while True:
            reply: dict[str, Any] = self.client.get_shell_msg(timeout=TIME_LIMIT_S)
            if reply["parent_header"].get("msg_id") == request:
                content: dict[str, Any] = reply["content"]
                return content
