// SPDX-License-Identifier: ISC
// Underlines in a cell what compilers said of it, and says it beside the line. It stands in the
// cell's outputs, so it is there after a reload, and gone when the cell is run again. What is
// edited loses its marks; a line that is no longer the one complained about gets none.

const MIME = "application/vnd.unikernel.diagnostics+json";
const LIMIT = 100; // marks of one cell
const SIGNS = { error: "✖", warning: "▲" };

// What is said of a cell: the lists in its outputs, as one. A notebook's file holds anything.
export function saidOf(outputs) {
  const said = [];
  for (let index = 0; index < outputs.length; index++) {
    const list = outputs.get(index).data[MIME];
    if (Array.isArray(list)) said.push(...list);
  }
  const rank = ({ severity }) => Object.keys(SIGNS).indexOf(severity); // errors are said first
  return said.slice(0, LIMIT).filter(isMark).sort((a, b) => rank(a) - rank(b));
}

const isPlace = (value) => Number.isInteger(value) && value >= 0;

function isMark(it) {
  return (
    it !== null &&
    typeof it === "object" &&
    Object.hasOwn(SIGNS, it.severity) &&
    [it.line, it.column, it.end_line, it.end_column].every(isPlace) &&
    typeof it.message === "string"
  );
}

// Where a mark is in a document, undefined when that is gone. The kernel counts characters, and
// lines from the magic on: blank ones before it are none of the cell that it sees.
export function placeOf(mark, doc) {
  const blank = /^\s*\n/.exec(doc.toString());
  const before = blank ? blank[0].split("\n").length - 1 : 0;
  const at = (number, column) => {
    if (number < 1 || number > doc.lines) return undefined;
    const line = doc.line(number);
    return line.from + [...line.text].slice(0, column).join("").length;
  };
  const from = at(mark.line + before, mark.column);
  const to = at(mark.end_line + before, mark.end_column);
  if (from === undefined || to === undefined) return undefined;
  const line = doc.lineAt(from);
  if (typeof mark.text === "string" && mark.text !== line.text) return undefined;
  if (from < to) return { mark, from, to };
  // Something to see where a place is empty.
  return line.to > from ? { mark, from, to: from + 1 } : { mark, from: Math.max(from - 1, line.from), to: from };
}

// Those of the marks that a change did not touch, where they are behind it.
export function untouched(placed, changes, doc) {
  const moved = placed.map(({ mark, from, to }) => ({
    mark,
    from: changes.mapPos(from, 1),
    to: changes.mapPos(to, -1),
  }));
  const touched = [];
  changes.iterChangedRanges((_fromA, _toA, fromB, toB) => touched.push([fromB, toB]));
  return moved.filter(({ from, to }) => {
    const begin = doc.lineAt(from).from;
    const end = doc.lineAt(Math.max(from, to)).to;
    return from < to && !touched.some(([first, last]) => first <= end && begin <= last);
  });
}

const HEAD = /^(?:error|warning|alert)\b[^:]*:\s*/i; // as OCaml's messages begin, and gcc's do not
const sentence = ({ severity, message }) =>
  HEAD.test(message) ? message : `${severity}: ${message}`;
const inOneLine = ({ message }) => message.replace(HEAD, "").replace(/\s+/g, " ").slice(0, 200);

const line = (style, name) => ({
  textDecoration: `underline ${style} var(--jp-${name}-color1)`,
  textDecorationSkipInk: "none",
  textUnderlineOffset: "3px",
});
const THEME = {
  ".uk-mark-error": line("wavy", "error"),
  ".uk-mark-warning": line("dashed", "warn"),
  // Cut, so that a cell need not be scrolled sideways for it: a mark's tooltip has all of it.
  ".uk-said": {
    borderLeft: "3px solid var(--jp-border-color1)",
    color: "var(--jp-content-font-color1)",
    display: "inline-block",
    fontStyle: "italic",
    marginLeft: "2ch",
    maxWidth: "50ch",
    overflow: "hidden",
    paddingLeft: "1ch",
    textOverflow: "ellipsis",
    userSelect: "none",
    verticalAlign: "bottom",
    whiteSpace: "pre",
  },
  ".uk-said-error": { borderLeftColor: "var(--jp-error-color1)" },
  ".uk-said-warning": { borderLeftColor: "var(--jp-warn-color1)" },
  ".cm-tooltip .uk-tooltip": {
    fontFamily: "var(--jp-code-font-family)",
    fontSize: "var(--jp-code-font-size)",
    maxWidth: "80ch",
    padding: "4px 8px",
    whiteSpace: "pre-wrap",
  },
};

function element(tag, name, text, attributes) {
  const made = document.createElement(tag);
  made.className = name;
  made.textContent = text;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

// What an editor of a cell needs to show marks.
function extensionOf({ Decoration, EditorView, ViewPlugin, WidgetType, hoverTooltip }, codemirror) {
  const { StateEffect, StateField } = codemirror;

  class Said extends WidgetType {
    constructor(mark) {
      super();
      this.mark = mark;
    }
    eq(other) {
      return this.mark === other.mark;
    }
    toDOM() {
      const { severity } = this.mark;
      const text = `${SIGNS[severity]} ${inOneLine(this.mark)}`;
      const attributes = { role: "note", "aria-label": sentence(this.mark) };
      return element("span", `uk-said uk-said-${severity}`, text, attributes);
    }
  }

  const decorations = (placed, doc) =>
    Decoration.set(
      placed.flatMap(({ mark, from, to }) => [
        Decoration.mark({
          class: `uk-mark-${mark.severity}`,
          attributes: mark.severity === "error" ? { "aria-invalid": "true" } : {},
        }).range(from, to),
        Decoration.widget({ widget: new Said(mark), side: 1 }).range(doc.lineAt(from).to),
      ]),
      true,
    );

  return (model) => {
    const read = ({ doc }) =>
      saidOf(model.outputs).flatMap((mark) => placeOf(mark, doc) ?? []);
    const renew = StateEffect.define();
    const marks = StateField.define({
      create: read,
      update: (placed, transaction) => {
        if (transaction.effects.some((effect) => effect.is(renew))) return read(transaction.state);
        if (!transaction.docChanged) return placed;
        return untouched(placed, transaction.changes, transaction.state.doc);
      },
      provide: (field) =>
        EditorView.decorations.compute([field], (state) => decorations(state.field(field), state.doc)),
    });
    const follow = ViewPlugin.define((view) => {
      const { outputs } = model; // which a model that ends gives up before its editor does
      let said = JSON.stringify(saidOf(outputs));
      const look = () => {
        const now = JSON.stringify(saidOf(outputs));
        if (now === said) return;
        said = now;
        view.dispatch({ effects: renew.of(null) });
      };
      outputs.changed.connect(look);
      return { destroy: () => outputs.changed.disconnect(look) };
    });
    const tooltip = hoverTooltip((view, position) => {
      const here = view.state
        .field(marks)
        .filter(({ from, to }) => from <= position && position <= to);
      if (!here.length) return null;
      const text = here.map(({ mark }) => sentence(mark)).join("\n\n");
      const dom = element("div", "uk-tooltip", text, { role: "tooltip" });
      return { pos: here[0].from, end: here[0].to, above: true, create: () => ({ dom }) };
    });
    return [marks, follow, tooltip, EditorView.baseTheme(THEME)];
  };
}

// The output that carries the marks takes no place.
function hidden(Widget) {
  return class extends Widget {
    constructor() {
      super();
      this.node.dataset.mimeType = MIME; // as all outputs say it
    }
    renderModel() {
      return Promise.resolve();
    }
    onAfterAttach() {
      const child = this.node.closest(".jp-OutputArea-child");
      if (child) child.style.display = "none";
    }
  };
}

export default async function underlines(shared) {
  const { IEditorExtensionRegistry, EditorExtensionRegistry } = await shared(
    "@jupyterlab/codemirror",
  );
  const { IRenderMimeRegistry } = await shared("@jupyterlab/rendermime");
  const { Widget } = await shared("@lumino/widgets");
  const view = await shared("@codemirror/view");
  const extension = extensionOf(view, await shared("@codemirror/state"));
  return {
    description: "Underlines what compilers say of %%unikernel cells.",
    requires: [IEditorExtensionRegistry],
    optional: [IRenderMimeRegistry],
    activate: (_app, extensions, rendermime) => {
      const Output = hidden(Widget);
      const createRenderer = () => new Output();
      rendermime?.addFactory({ safe: true, mimeTypes: [MIME], createRenderer }, 0);
      extensions.addExtension({
        name: "jupyter-unikernel:underlines",
        factory: ({ model }) =>
          model.type === "code"
            ? EditorExtensionRegistry.createImmutableExtension(extension(model))
            : null,
      });
    },
  };
}
