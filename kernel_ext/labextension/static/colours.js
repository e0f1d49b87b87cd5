// SPDX-License-Identifier: ISC
// Colours %%unikernel cells as OCaml, or as C under --lang c, by giving each cell its MIME type.
// Where this fails, cells stay in Python's colours.

const MAGIC = /^\s*%%unikernel\b(.*)/;
const C_FLAG = /\s--lang[\s=]+c\b/;
const OCAML = "text/x-ocaml";
const C = "text/x-csrc";
const PYTHON = "text/x-ipython";

// The MIME type a cell's text asks for; undefined for cells that are none of ours.
function typeOf(source) {
  const magic = MAGIC.exec(source);
  return magic ? (C_FLAG.test(magic[1]) ? C : OCAML) : undefined;
}

// Keeps the MIME types of one notebook's cells right while they are edited.
class Notebook {
  constructor(panel) {
    this.content = panel.content;
    this.coloured = new WeakSet();
    this.watched = new WeakSet();
    this.watchAll();
    this.content.model.cells.changed.connect(() => queueMicrotask(() => this.watchAll()));
  }

  watchAll() {
    for (const { model } of this.content.widgets) {
      if (model.type !== "code" || this.watched.has(model)) continue;
      this.watched.add(model);
      model.contentChanged.connect(() => this.colour(model));
      model.mimeTypeChanged.connect(() => this.colour(model));
      this.colour(model);
    }
  }

  colour(model) {
    const wanted = typeOf(model.sharedModel.getSource());
    if (!wanted && !this.coloured.has(model)) return;
    if (wanted) this.coloured.add(model);
    else this.coloured.delete(model);
    const type = wanted || this.content.codeMimetype;
    if (model.mimeType !== type) model.mimeType = type;
  }
}

export default async function colours(shared) {
  const { INotebookTracker } = await shared("@jupyterlab/notebook");
  const { IEditorLanguageRegistry } = await shared("@jupyterlab/codemirror");
  return {
    description: "Colours %%unikernel cells as OCaml or C.",
    requires: [IEditorLanguageRegistry],
    optional: [INotebookTracker],
    activate: (_app, languages, tracker) => {
      // An editor shows the language that was loaded last, whichever it asked for last: load all
      // of them before the first cell changes.
      const loaded = Promise.all([OCAML, C, PYTHON].map((type) => languages.getLanguage(type)));
      tracker?.widgetAdded.connect(async (_tracker, panel) => {
        await Promise.all([panel.context.ready, loaded]);
        if (!panel.isDisposed) new Notebook(panel);
      });
    },
  };
}
