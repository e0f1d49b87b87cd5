// SPDX-License-Identifier: ISC
// Colours %%unikernel cells as OCaml, or as C under --lang c, by giving each cell its MIME type.
// This is a module federation container written by hand: JupyterLab asks for nothing but
// init(scope) and get(name), so there is no bundler and no Node in the build. Whatever fails here
// leaves cells in Python's colours and everything else as it was.
(() => {
  "use strict";

  const NAME = "jupyter-unikernel";
  const MAGIC = /^\s*%%unikernel\b(.*)/;
  const C_FLAG = /\s--lang[\s=]+c\b/;
  const OCAML = "text/x-ocaml";
  const C = "text/x-csrc";
  const PYTHON = "text/x-ipython";

  let scope;

  // JupyterLab's own copy of a package, the newest where there are several.
  async function shared(name) {
    const versions = scope[name] || {};
    const newest = Object.keys(versions)
      .sort((a, b) => a.localeCompare(b, undefined, { numeric: true }))
      .pop();
    if (!newest) throw new Error(`${NAME}: JupyterLab shares no ${name}`);
    return (await versions[newest].get())();
  }

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

  async function extension() {
    const { INotebookTracker } = await shared("@jupyterlab/notebook");
    const { IEditorLanguageRegistry } = await shared("@jupyterlab/codemirror");
    return {
      id: `${NAME}:colours`,
      description: "Colours %%unikernel cells as OCaml or C.",
      autoStart: true,
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

  window._JUPYTERLAB = window._JUPYTERLAB || {};
  window._JUPYTERLAB[NAME] = {
    init: (shares) => {
      scope = shares;
    },
    get: async () => {
      const plugin = await extension();
      return () => ({ __esModule: true, default: plugin });
    },
  };
})();
