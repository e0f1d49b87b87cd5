"""The hand-written JupyterLab extension: what the loader needs, checked without a browser."""

import json
import re
import shutil
import subprocess
import tomllib

import pytest
from support import ROOT

import unikernel

FOLDER = ROOT / "kernel_ext/labextension"
PACKAGE = json.loads((FOLDER / "package.json").read_text())
ENTRY = FOLDER / PACKAGE["jupyterlab"]["_build"]["load"]

SVG_NAMESPACE = "http://www.w3.org/2000/svg"
MODULES = sorted(path for path in ENTRY.parent.iterdir() if path != ENTRY)

# Plays JupyterLab as far as loading plugins: an ES module that defines `plugins` and `signal`.
LAB = """
const [entry, given] = process.argv.slice(1);
const signal = () => ({ slots: [], connect(f) { this.slots.push(f); },
  emit(...a) { for (const f of this.slots) f(null, ...a); } });
globalThis.window = {};
globalThis.document = { currentScript: { src: entry } };
await import(entry);
const container = window._JUPYTERLAB["jupyter-unikernel"];
const element = () => ({ setAttribute() {}, style: {}, parentElement: {} });
globalThis.document.createElement = element;
const widgets = {
  Widget: class { title = {}; node = element(); isVisible = true; addClass() {} },
  PanelLayout: class { addWidget() {} },
};
const share = (value) => ({ "4.9.0": { get: async () => () => { throw Error("older"); } },
  "4.10.0": { get: async () => () => value } });
const packages = { "@jupyterlab/notebook": { INotebookTracker: "T" },
  "@jupyterlab/codemirror": { IEditorLanguageRegistry: "L" },
  "@jupyterlab/apputils": { ICommandPalette: "P" }, "@lumino/widgets": widgets,
  "@jupyterlab/ui-components": { LabIcon: class {} } };
const loadFrom = async (packages) => {
  container.init(Object.fromEntries(
    Object.entries(packages).map(([name, value]) => [name, share(value)])));
  const found = (await container.get("./extension"))().default;
  return Object.fromEntries(found.map((plugin) => [plugin.id.split(":")[1], plugin]));
};
const answer = (value) => console.log(JSON.stringify(value));
"""

# Opens a notebook, edits its first cell.
COLOURS = """
const cell = (text) => ({ model: { type: "code", mimeType: "text/x-ipython",
  contentChanged: signal(), mimeTypeChanged: signal(), text,
  sharedModel: { getSource() { return this.owner.text; } } } });
const { colours } = await loadFrom(packages);
const tracker = { widgetAdded: signal() };
const loaded = [];
await colours.activate(null, { getLanguage: async (type) => loaded.push(type) }, tracker);
const cells = JSON.parse(given).map(cell);
for (const { model } of cells) model.sharedModel.owner = model;
const panel = { context: { ready: Promise.resolve() }, isDisposed: false, content: {
  codeMimetype: "text/x-ipython", widgets: cells, model: { cells: { changed: signal() } } } };
tracker.widgetAdded.emit(panel);
await new Promise(setImmediate);
const before = cells.map(({ model }) => model.mimeType);
const edited = cells[0].model;
edited.text = "print(1)"; edited.contentChanged.emit();
answer({ before, after: edited.mimeType, loaded });
"""

# The words of lines, by their kinds.
WORDS = """
const { wordsOf } = await import(new URL("magic_lines.js", entry));
answer(JSON.parse(given).map((line) => wordsOf(line)
  .map(([kind, from, to]) => `${kind}:${line.slice(from, to).trim()}`)));
"""

# Where marks are in a document, of CodeMirror no more than they need: its lines.
PLACES = """
const { saidOf, placeOf } = await import(new URL("underlines.js", entry));
const { text, list } = JSON.parse(given);
const starts = [0, ...[...text.matchAll(/\\n/g)].map(({ index }) => index + 1)];
const lines = text.split("\\n").map((line, index) => ({
  from: starts[index], to: starts[index] + line.length, text: line }));
const doc = { toString: () => text, lines: lines.length, line: (number) => lines[number - 1],
  lineAt: (at) => lines.find(({ to }) => at <= to) };
const output = { data: { "application/vnd.unikernel.diagnostics+json": list } };
const said = saidOf({ length: 2, get: (index) => index ? output : { data: {} } });
answer(said.map((mark) => {
  const place = placeOf(mark, doc);
  return place ? text.slice(place.from, place.to) : null;
}));
"""

# A plugin that finds a package missing, and one whose activation fails.
FAILURES = """
const warned = [];
console.warn = (text, error) => warned.push(`${text} ${error}`);
const { "@jupyterlab/codemirror": _, ...others } = packages;
const without = await loadFrom(others);
const { colours } = await loadFrom(packages);
const loaded = Object.keys(without);
const activated = await colours.activate(null, { getLanguage: () => { throw Error("broken"); } });
answer({ loaded, activated: activated === undefined, warned });
"""


# A notebook in front whose kernel has not loaded unikernel, has, restarts; then another is.
SIDEBAR = """
const asked = [], shown = [], sentences = [];
const notebook = (name, state) => {
  const statusChanged = { ...signal(), disconnect() { this.slots = []; },
    connect(f, self) { this.slots.push((s, status) => f.call(self, s, status)); } };
  const requestExecute = (content) => {
    asked.push(content);
    const data = { "text/plain": name };
    const panel = state.loaded ? { status: "ok", data } : { status: "error" };
    return { done: Promise.resolve({ content: { user_expressions: { panel } } }) };
  };
  const rendermime = { preferredMimeType: () => "text/plain", createModel: (model) => model,
    createRenderer: () => ({ renderModel: ({ data }) => shown.push(data["text/plain"]),
      dispose: () => shown.push(`no ${name}`) }) };
  return { content: { rendermime },
    sessionContext: { statusChanged, session: { kernel: { requestExecute } } } };
};
const settled = () => new Promise(setImmediate);
const { sidebar } = await loadFrom(packages);
const first = { loaded: false };
const one = notebook("one", first), two = notebook("two", { loaded: true });
const tracker = { currentChanged: signal(), currentWidget: one };
let widget;
const commands = { addCommand() {} };
const shell = { add: (added) => { widget = added; } };
await sidebar.activate({ commands, shell }, tracker, { addItem() {} });
await settled();
const say = async (status) => {
  one.sessionContext.statusChanged.emit(status);
  await settled();
};
sentences.push(widget.sentence.textContent);
await say("busy"); await say("idle");
first.loaded = true; await say("idle"); await say("idle");
await say("restarting");
tracker.currentChanged.emit(two); await settled();
await say("restarting");
tracker.currentChanged.emit(null); await settled();
sentences.push(widget.sentence.textContent);
answer({ asked, shown, sentences });
"""


def play(script, given=None):
    """Return what a script says that is run where JupyterLab would run our extension."""
    node = shutil.which("node")
    if not node:
        pytest.skip("Node is not installed; the browser tests cover this too")
    arguments = ("--input-type=module", "-e", LAB + script, ENTRY.as_uri(), json.dumps(given))
    played = subprocess.run(
        (node, *arguments), capture_output=True, text=True, timeout=30, check=False
    )
    assert played.returncode == 0, played.stderr
    return json.loads(played.stdout)


def test_its_name_is_the_folders_it_is_installed_to():
    paths = unikernel._jupyter_labextension_paths()
    assert [path["dest"] for path in paths] == [PACKAGE["name"]]
    assert f'const NAME = "{PACKAGE["name"]}"' in ENTRY.read_text()


def test_versions_agree_so_that_browsers_fetch_the_new_one():
    build = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]
    assert f"{PACKAGE['version']}.dev0" == build["version"]["fallback-version"]
    assert PACKAGE["version"] in ENTRY.name


def test_it_is_small_and_reaches_for_nothing_outside():
    for path in (ENTRY, *MODULES):
        text = path.read_text()
        assert len(text.splitlines()) <= 250, path.name
        text = text.replace(SVG_NAMESPACE, "")  # a name and no address
        assert re.findall(r"https?:|eval\(|innerHTML", text) == [], path.name


def test_it_loads_every_module_that_is_shipped():
    listed = re.search(r"PLUGINS = \[([^]]*)]", ENTRY.read_text())[1]
    assert sorted(re.findall(r'"(\w+)"', listed)) == [path.stem for path in MODULES]


def test_what_fails_leaves_the_others():
    seen = play(FAILURES)
    assert "colours" not in seen["loaded"]
    assert "sidebar" in seen["loaded"]
    assert seen["activated"], "an activation that fails is no error of Lab's"
    *missing, broken = seen["warned"]
    assert any("no colours here: Error: jupyter-unikernel: JupyterLab" in it for it in missing)
    assert "no colours here: Error: broken" in broken


def test_cells_get_the_colours_of_their_language():
    cells = [
        "%%unikernel build a\nlet x = 1",
        "%%unikernel build b --lang c\nint x;",
        "%%unikernel build b --lang=c\nint x;",
        "%%unikernel build c -p lang --lang ocaml",
        "%unikernel boot a",
        "%%unikernels",
        "x = 1",
    ]
    seen = play(COLOURS, cells)
    ocaml, c, python = "text/x-ocaml", "text/x-csrc", "text/x-ipython"
    assert seen["before"] == [ocaml, c, c, ocaml, python, python, python]
    assert seen["after"] == python
    assert seen["loaded"] == [ocaml, c, python]


def test_a_line_is_made_of_magic_command_flags_and_values():
    lines = [
        "%%unikernel build hello -t xen --package=lwt # a remark",
        "vm = %unikernel boot 'my image' --memory {mib} $name",
        "  %%unikernel",
        "%%unikernels build",
        "print(1) # %unikernel",
    ]
    seen = play(WORDS, lines)
    assert seen == [
        [
            *("magic:%%unikernel", "command:build", "operand:hello", "flag:-t", "value:xen"),
            *("flag:--package=lwt", "remark:# a remark"),
        ],
        [
            *("magic:%unikernel", "command:boot", "operand:'my image'", "flag:--memory"),
            *("python:{mib}", "python:$name"),
        ],
        ["magic:%%unikernel"],
        [],
        [],
    ]


def mark(line, column, end_line, end_column, **others):
    places = {"line": line, "column": column, "end_line": end_line, "end_column": end_column}
    return {"severity": "error", "message": "so", **places, **others}


@pytest.mark.parametrize("blank", ["", "\n", "  \n\n"])
def test_marks_are_where_the_kernel_counted_them(blank):
    text = f"{blank}%%unikernel build a\nlet 𝒳 = é 42\n  last"
    list_ = [
        mark(2, 10, 2, 12),
        mark(2, 8, 3, 6),
        mark(2, 12, 2, 12),
        mark(2, 10, 2, 12, text="let 𝒳 = é 42"),
        mark(2, 10, 2, 12, text="let x = 42"),
        mark(99, 0, 99, 1),
    ]
    expected = ["42", "é 42\n  last", "2", "42", None, None]
    assert play(PLACES, {"text": text, "list": list_}) == expected


def test_what_is_no_mark_in_a_notebooks_file_is_none():
    good = mark(1, 0, 1, 1)
    bad = [
        *(None, 3, "mark", [], {}),
        *(good | {"line": -1}, good | {"column": 0.5}, good | {"end_line": "1"}),
        *(good | {"severity": "toString"}, good | {"message": {"html": "<b>"}}),
    ]
    assert play(PLACES, {"text": "let", "list": [*bad, good]}) == ["l"]
    assert play(PLACES, {"text": "let", "list": {"length": 10**9}}) == []
    assert len(play(PLACES, {"text": "let", "list": [good] * 1000})) == 100


def test_errors_are_said_before_warnings():
    marks = [mark(1, 0, 1, 3, severity="warning"), mark(1, 4, 1, 5)]
    assert play(PLACES, {"text": "let x = 1", "list": marks}) == ["x", "let"]


def test_the_side_bar_shows_the_panel_of_the_kernel_in_front():
    seen = play(SIDEBAR)
    assert seen["shown"] == ["one", "no one", "one", "no one", "two", "no two"]
    unloaded, none = seen["sentences"]
    assert "%load_ext unikernel" in unloaded
    assert "No notebook" in none
    for request in seen["asked"]:
        assert request["silent"], "nothing of it is seen in the notebook"
        assert request["code"] == ""
        assert not request["store_history"]
