"""The hand-written JupyterLab extension: what the loader needs, checked without a browser."""

import json
import re
import shutil
import subprocess

import pytest
from support import ROOT

import unikernel

FOLDER = ROOT / "kernel_ext/labextension"
PACKAGE = json.loads((FOLDER / "package.json").read_text())
ENTRY = FOLDER / PACKAGE["jupyterlab"]["_build"]["load"]

# Plays JupyterLab: loads the entry, activates the plugin, opens a notebook, edits a cell.
PLAY = """
const signal = () => ({ slots: [], connect(f) { this.slots.push(f); },
  emit(...a) { for (const f of this.slots) f(null, ...a); } });
const cell = (text) => ({ model: { type: "code", mimeType: "text/x-ipython",
  contentChanged: signal(), mimeTypeChanged: signal(), text,
  sharedModel: { getSource() { return this.owner.text; } } } });
globalThis.window = {};
require(process.argv[1]);
const container = window._JUPYTERLAB["jupyter-unikernel"];
const share = (value) => ({ "4.9.0": { get: async () => () => { throw Error("older"); } },
  "4.10.0": { get: async () => () => value } });
container.init({ "@jupyterlab/notebook": share({ INotebookTracker: "T" }),
  "@jupyterlab/codemirror": share({ IEditorLanguageRegistry: "L" }) });
(async () => {
  const plugin = (await container.get("./extension"))().default;
  const tracker = { widgetAdded: signal() };
  const loaded = [];
  plugin.activate(null, { getLanguage: async (type) => loaded.push(type) }, tracker);
  const cells = JSON.parse(process.argv[2]).map(cell);
  for (const { model } of cells) model.sharedModel.owner = model;
  const panel = { context: { ready: Promise.resolve() }, isDisposed: false, content: {
    codeMimetype: "text/x-ipython", widgets: cells, model: { cells: { changed: signal() } } } };
  tracker.widgetAdded.emit(panel);
  await new Promise(setImmediate);
  const before = cells.map(({ model }) => model.mimeType);
  const edited = cells[0].model;
  edited.text = "print(1)"; edited.contentChanged.emit();
  console.log(JSON.stringify({ before, after: edited.mimeType, loaded }));
})();
"""


def test_its_name_is_the_folders_it_is_installed_to():
    paths = unikernel._jupyter_labextension_paths()
    assert [path["dest"] for path in paths] == [PACKAGE["name"]]
    assert f'const NAME = "{PACKAGE["name"]}"' in ENTRY.read_text()


def test_versions_agree_so_that_browsers_fetch_the_new_one():
    assert PACKAGE["version"] == unikernel.__version__
    assert PACKAGE["version"] in ENTRY.name


def test_it_is_small_and_reaches_for_nothing_outside():
    text = ENTRY.read_text()
    assert len(text.splitlines()) <= 110
    assert re.findall(r"https?:|eval\(|innerHTML", text) == []


def test_cells_get_the_colours_of_their_language():
    node = shutil.which("node")
    if not node:
        pytest.skip("Node is not installed; the browser test covers this too")
    cells = [
        "%%unikernel build a\nlet x = 1",
        "%%unikernel build b --lang c\nint x;",
        "%%unikernel build b --lang=c\nint x;",
        "%%unikernel build c -p lang --lang ocaml",
        "%unikernel boot a",
        "%%unikernels",
        "x = 1",
    ]
    played = subprocess.run(
        (node, "-e", PLAY, str(ENTRY), json.dumps(cells)),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert played.returncode == 0, played.stderr
    seen = json.loads(played.stdout)
    ocaml, c, python = "text/x-ocaml", "text/x-csrc", "text/x-ipython"
    assert seen["before"] == [ocaml, c, c, ocaml, python, python, python]
    assert seen["after"] == python
    assert seen["loaded"] == [ocaml, c, python]
