"""Runs commands of nbgrader's, one after the other, in one process: importing it takes seconds.

`python -m support.nbgrader_runner` reads JSON, [[folder, word, …], …], and does in each folder what
`nbgrader word …` does. The first that fails ends it.
"""

import contextlib
import json
import os
import sys

from jupyter_core.application import NoStart
from nbgrader.apps import NbGraderApp


def run(folder: str, *argv: str) -> None:
    os.chdir(folder)
    app = NbGraderApp.instance()
    app.initialize(list(argv))
    with contextlib.suppress(NoStart):  # how it says that a command of its own has run
        app.start()
    command = type(app.subapp)
    command.clear_instance()
    NbGraderApp.clear_instance()


if __name__ == "__main__":
    for words in json.load(sys.stdin):
        print("nbgrader", *words[1:], flush=True)
        run(*words)
