"""How people come to a server on this machine: a browser here, or from where they sit."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from urllib.parse import urlsplit

SCREENS = ("DISPLAY", "WAYLAND_DISPLAY")
OVER_SSH = "SSH_CONNECTION"
HUB_PREFIX = "JUPYTERHUB_SERVICE_PREFIX"


def invite(address: str) -> list[str]:
    """Open a browser where a person sees it; return what to tell those who sit elsewhere."""
    port = urlsplit(address).port
    if prefix := os.environ.get(HUB_PREFIX):
        return [
            f"  On this hub it is {prefix.rstrip('/')}/proxy/{port}/ below the hub's own address,",
            f"  where jupyter-server-proxy is installed. In a terminal: curl {address}",
        ]
    if os.environ.get(OVER_SSH):
        return [
            "  You are here over ssh. On the machine where you sit, run",
            f"    ssh -N -L {port}:127.0.0.1:{port} {os.uname().nodename}",
            "  and open that address there.",
        ]
    if any(map(os.environ.get, SCREENS)) and open_browser(address):
        return ["  It opens in your browser."]
    return ["  Open it in a browser on this machine."]


def open_browser(address: str) -> bool:
    """Hand the address to the desktop's own opener, which Ctrl-C here does not reach."""
    opener = shutil.which("xdg-open")
    if not opener:
        return False
    threading.Thread(target=_run, args=(opener, address), daemon=True).start()
    return True


def _run(*command: str) -> None:
    quiet = subprocess.DEVNULL
    subprocess.run(command, stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True)
