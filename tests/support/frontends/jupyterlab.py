"""A private JupyterLab, which is a Notebook 7 too, and a Chromium that reaches nothing but it."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import re
import shutil
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat

from support import TESTS
from support.networks.impairment import inside

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

SERVER_LIMIT_S = 60
AXE = TESTS / "browser/vendored/axe/axe.min.js"
SETTINGS = {
    "apputils-extension/notification": {
        "fetchNews": "false",
        "checkForUpdates": False,
        "doNotDisturbMode": True,
    },
    "notebook-extension/tracker": {"windowingMode": "none"},  # every cell is in the document
}
# A browser breaks off what it is loading when an interface of the host comes or goes: who may make
# interfaces, as other tests do then, has it and the server in a network of their own.
LOOPBACK = 'ip link set lo up && exec "$@"'
ALONE = ("unshare", "--net", "sh", "-c", LOOPBACK, "alone") if os.geteuid() == 0 else ()
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
COLOUR_OF_LET = """() => {
    const root = document.querySelector('.jp-NotebookPanel');
    const keyword = getComputedStyle(root).getPropertyValue('--jp-mirror-editor-keyword-color');
    const probe = document.body.appendChild(document.createElement('i'));
    probe.style.color = keyword;
    const expected = getComputedStyle(probe).color;
    probe.remove();
    const lines = [...root.querySelectorAll('.jp-CodeCell .cm-content')]
        .filter(cell => cell.textContent.startsWith('%%unikernel build'));
    const words = lines.flatMap(cell => [...cell.querySelectorAll('.cm-line span')])
        .filter(span => span.textContent.trim() === 'let');
    return [expected, ...new Set(words.map(span => getComputedStyle(span).color))];
}"""

APPEND = """async source => {
    const app = window.jupyterapp, notebook = app.shell.currentWidget.content;
    notebook.activeCellIndex = notebook.widgets.length - 1;
    await app.commands.execute('notebook:insert-cell-below');
    notebook.activeCell.model.sharedModel.setSource(source);
    await app.commands.execute('notebook:run-cell'); }"""
RUN = """async name => {
    const app = window.jupyterapp, notebook = app.shell.currentWidget.content;
    notebook.activeCellIndex = notebook.widgets.findIndex(cell => cell.model.id === name);
    await app.commands.execute('notebook:run-cell');
}"""


@dataclass
class Lab:
    """A running JupyterLab: its address, the folder it shows, its process."""

    url: str
    root: Path
    pid: int


# Notebook 7's shortcuts look for their own settings when those of another plugin come first, and
# what opens a path asks for a file browser, which it has not.
NOTEBOOKS_OWN = (
    "Cannot read properties of undefined (reading 'schema')",
    "Command 'filebrowser:open-path' not registered.",
)


@dataclass
class Visit:
    """A page in the browser with everything that should not have happened on it."""

    page: Any
    lab: Lab
    problems: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    application: str = "lab/tree"

    def use_notebook_7(self) -> None:
        """Show notebooks in Notebook 7 from now on."""
        self.application = "notebooks"

    def come_by(self, host: str) -> None:
        """Open JupyterLab by another name of this host from now on."""
        self.lab = replace(self.lab, url=self.lab.url.replace("127.0.0.1", host))

    def watch(self) -> None:
        """Take note of what should not happen."""
        local = (self.lab.url, self.lab.url.replace("http", "ws", 1), "data:", "blob:")

        def console(message: Any) -> None:
            if message.type == "error":
                self.problems.append(message.text)

        def request(request: Any) -> None:
            if not request.url.startswith(local):
                self.foreign.append(request.url)

        self.page.on("pageerror", lambda error: self.problems.append(error.stack or str(error)))
        self.page.on("console", console)
        self.page.on("request", request)

    def faults(self) -> list[str]:
        """Return the problems that are not Notebook 7's own."""
        return [one for one in self.problems if not any(own in one for own in NOTEBOOKS_OWN)]

    def network(self) -> AbstractContextManager[None]:
        """A context in which this thread makes its sockets where the page's links lead."""
        return inside(f"/proc/{self.lab.pid}/ns/net") if ALONE else contextlib.nullcontext()

    def open_cells(self, *sources: str) -> None:
        """Show a new notebook of code cells, ready to run."""
        v4: Any = nbformat.v4
        notebook = v4.new_notebook(
            cells=[v4.new_code_cell(source) for source in sources],
            metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
        )
        (self.lab.root / "cells.ipynb").write_text(v4.writes(notebook), encoding="utf-8")
        self.show("cells.ipynb")

    def open(self, notebook: Path) -> None:
        """Show a copy of a notebook, ready to run."""
        shutil.copy(notebook, self.lab.root / notebook.name)
        self.show(notebook.name)

    def show(self, name: str) -> None:
        """Show a notebook of the server's folder."""
        url = f"{self.lab.url}{self.application}/{name}?token=test&reset"
        self.page.goto(url, wait_until="domcontentloaded")
        self.page.wait_for_function(
            "window.jupyterapp?.shell.currentWidget?.context", timeout=SERVER_LIMIT_S * 1000
        )
        self.page.evaluate("""async () => {
            const context = window.jupyterapp.shell.currentWidget.context;
            await context.ready; await context.sessionContext.ready; }""")

    def append_cells(self, *sources: str) -> None:
        """Run new cells below the others, one after the other; return when all have run."""
        for source in sources:
            self.page.evaluate(APPEND, source)

    def run_cell(self, name: str) -> None:
        """Run the cell of this id as a person does; return when it has run."""
        self.page.evaluate(RUN, name)

    def run_all(self, limit_s: float) -> None:
        """Run every cell; return when the last has run or one has failed."""
        self.begin_all()
        self.wait_for_all(limit_s)

    def begin_all(self) -> None:
        """Run every cell; return at once."""
        self.page.evaluate("""() => {
            const app = window.jupyterapp, panel = app.shell.currentWidget;
            window.finished = false;
            for (const cell of panel.content.widgets) cell.model.clearExecution?.();
            app.commands.execute('notebook:run-all-cells').finally(() => window.finished = true);
        }""")

    def wait_for_all(self, limit_s: float) -> None:
        """Wait until the last cell has run or one has failed."""
        self.page.wait_for_function("window.finished", timeout=limit_s * 1000)

    def colours_of_let(self) -> list[str]:
        """Return the theme's colour of a keyword, and those of "let" in cells that build."""
        colours: list[str] = self.page.evaluate(COLOUR_OF_LET)
        return colours

    def restart_kernel(self) -> None:
        """Restart the notebook's kernel, without asking."""
        self.page.evaluate(
            "() => window.jupyterapp.shell.currentWidget.context.sessionContext.restartKernel()"
        )

    def use_theme(self, name: str) -> None:
        """Show the page in a theme of JupyterLab's."""
        self.page.evaluate(
            "theme => window.jupyterapp.commands.execute('apputils:change-theme', { theme })", name
        )
        self.page.locator(f"body[data-jp-theme-name='{name}']").wait_for(state="attached")

    def accessibility_faults(self, selector: str) -> list[str]:
        """Return what axe-core finds wrong in what a selector names, but for Vega's own menu."""
        assert self.page.locator(selector).count(), f"nothing is {selector}"
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE.read_text(encoding="utf-8"))
        faults: list[str] = self.page.evaluate(
            """async selector => {
                const where = { include: [selector], exclude: ['.vega-embed > details'] };
                const { violations } = await axe.run(where, { resultTypes: ['violations'] });
                return violations.flatMap(({ id, nodes }) =>
                    nodes.map(({ html, failureSummary }) => `${id}: ${html}\n${failureSummary}`));
            }""",
            selector,
        )
        return faults


@contextlib.contextmanager
def serving(base: Path) -> Iterator[Lab]:
    """Run JupyterLab with all of its folders below `base`."""
    root = base / "notebooks"
    root.mkdir()
    for plugin, settings in SETTINGS.items():
        file = base / "settings/@jupyterlab" / f"{plugin}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(settings))
    command = [
        *ALONE,
        *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--port=0"),
        *("--ip=127.0.0.1", "--IdentityProvider.token=test", f"--ServerApp.root_dir={root}"),
        *("--LabApp.expose_app_in_browser=True", "--LabApp.news_url=None"),
        "--JupyterNotebookApp.expose_app_in_browser=True",
        *("--ServerApp.terminals_enabled=False",),
    ]
    server = subprocess.Popen(
        command, env=environment(base), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    with server:
        try:
            yield Lab(wait_for_address(server), root, server.pid)
        finally:
            stop(server)


@contextlib.contextmanager
def browsing(lab: Lab, profile: Path, *flags: str) -> Iterator[Visit]:
    """Open a page in Chromium, which must be there, with `flags` more; its kernel ends with it."""
    from playwright import sync_api

    program = profile.with_name("chromium")
    program.write_text(f'#!/bin/sh\nexec {" ".join(beside(lab))} {chromium_path()} "$@"\n')
    program.chmod(0o755)
    with sync_api.sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            profile,
            executable_path=program,
            headless=True,
            args=[*CHROMIUM_FLAGS, *flags],
            viewport={"width": 1200, "height": 1000},
        )
        visit = Visit(context.pages[0], lab)
        visit.watch()
        yield visit
        with contextlib.suppress(sync_api.Error):
            visit.page.evaluate(
                "() => window.jupyterapp.shell.currentWidget.context.sessionContext.shutdown()"
            )
        context.close()


def beside(lab: Lab) -> tuple[str, ...]:
    """Return what is said ahead of a program that is to have the network of a JupyterLab."""
    return ("nsenter", f"--net=/proc/{lab.pid}/ns/net") if ALONE else ()


def chromium_path() -> str | None:
    """Return the path of the distribution's Chromium, or of Chrome."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return next(filter(None, map(shutil.which, names)), None)


def stop(process: subprocess.Popen[str]) -> None:
    """End a process, politely first."""
    process.terminate()
    try:
        process.wait(timeout=30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def environment(base: Path) -> dict[str, str]:
    """Return an environment in which Jupyter touches nothing of the user's."""
    folders = {
        "HOME": base,
        "JUPYTER_CONFIG_DIR": base / "config",
        "JUPYTER_DATA_DIR": base / "data",
        "JUPYTER_RUNTIME_DIR": base / "run",
        "IPYTHONDIR": base / "ipython",
        "JUPYTERLAB_SETTINGS_DIR": base / "settings",
        "JUPYTERLAB_WORKSPACES_DIR": base / "workspaces",
    }
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return os.environ | {name: str(folder) for name, folder in folders.items()} | {"PATH": path}


def wait_for_address(process: subprocess.Popen[str]) -> str:
    """Return the address the server says it listens at; its log is read to the end meanwhile."""
    lines: queue.Queue[str] = queue.Queue()

    def pump() -> None:
        assert process.stderr
        for line in process.stderr:
            lines.put(line)
        lines.put("")

    threading.Thread(target=pump, daemon=True).start()
    output: list[str] = []
    deadline = time.monotonic() + SERVER_LIMIT_S
    while not (found := re.search(r"http://127\.0\.0\.1:\d+/", output[-1] if output else "")):
        output.append(lines.get(timeout=max(0.1, deadline - time.monotonic())))
        assert output[-1], "".join(output)
    return found[0]
