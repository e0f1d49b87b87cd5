// SPDX-License-Identifier: ISC
// Colours %%unikernel and %unikernel lines as command lines: the magic, the command, flags, their
// values, Python values, remarks. A cell's language knows nothing of them.

const OF_CELL = /^\s*%%unikernel(?![\w-])/;
const OF_LINE = /^\s*(?:[\w, ]+=\s*)?%unikernel(?![\w-])/;
const WORD = /(?<remark>(?<=\s)#.*$)|(?:"(?:\\.|[^"\\])*"|'[^']*'|\{[^{}\s]*\}|\\.|[^\s"'\\])+/g;
const PYTHON = /^(?:\{[^{}]+\}|\$[A-Za-z_]\w*)$/;

// The words of a line behind its magic: [kind, from, to] each, counted within the line.
export function wordsOf(line) {
  const magic = OF_CELL.exec(line) || OF_LINE.exec(line);
  if (!magic) return [];
  const begin = line.indexOf("%");
  const words = [["magic", begin, magic[0].length]];
  let before = "magic";
  WORD.lastIndex = magic[0].length;
  for (let word; (word = WORD.exec(line)); ) {
    before = kindOf(word, before);
    words.push([before, word.index, word.index + word[0].length]);
  }
  return words;
}

function kindOf(word, before) {
  if (word.groups.remark) return "remark";
  if (before === "magic") return "command";
  if (/^--?\w/.test(word[0])) return "flag";
  if (PYTHON.test(word[0])) return "python";
  return before === "flag" ? "value" : "operand";
}

const PLAIN = { fontStyle: "normal", fontWeight: "normal" }; // whatever the cell's language says
const colour = (name) => ({ ...PLAIN, color: `var(--jp-mirror-editor-${name}-color)` });
const THEME = {
  ".uk-line-magic": colour("meta"),
  ".uk-line-command": { ...colour("keyword"), fontWeight: "bold" },
  ".uk-line-flag": colour("attribute"),
  ".uk-line-value": colour("string"),
  ".uk-line-operand": { ...PLAIN, color: "var(--jp-content-font-color1)" },
  ".uk-line-python": { ...colour("variable"), fontStyle: "italic" },
  ".uk-line-remark": { ...colour("comment"), fontStyle: "italic" },
};

// The lines of a document that are ours: the first of a cell magic, else any.
function* linesOf(doc) {
  for (let number = 1, isFirst = true; number <= doc.lines; number++) {
    const line = doc.line(number);
    if (!line.text.trim()) continue;
    if (isFirst && /^\s*%%/.test(line.text)) {
      yield line;
      return;
    }
    isFirst = false;
    if (line.text.includes("%unikernel")) yield line;
  }
}

export default async function magicLines(shared) {
  const { IEditorExtensionRegistry, EditorExtensionRegistry } = await shared(
    "@jupyterlab/codemirror",
  );
  const { Decoration, EditorView, ViewPlugin } = await shared("@codemirror/view");
  const { Prec } = await shared("@codemirror/state");

  const decorations = ({ state }) => {
    const found = [];
    for (const line of linesOf(state.doc)) {
      for (const [kind, from, to] of wordsOf(line.text)) {
        const mark = Decoration.mark({ class: `uk-line-${kind}` });
        found.push(mark.range(line.from + from, line.from + to));
      }
    }
    return Decoration.set(found);
  };
  const plugin = ViewPlugin.fromClass(
    class {
      constructor(view) {
        this.decorations = decorations(view);
      }
      update({ docChanged, view }) {
        if (docChanged) this.decorations = decorations(view);
      }
    },
    { decorations: (it) => it.decorations },
  );
  // What ranks higher is shown inside: these colours hold, not those of the cell's language.
  const extension = [Prec.highest(plugin), EditorView.baseTheme(THEME)];
  return {
    description: "Colours %%unikernel and %unikernel lines as command lines.",
    requires: [IEditorExtensionRegistry],
    activate: (_app, extensions) =>
      extensions.addExtension({
        name: "jupyter-unikernel:magic-lines",
        // A file's editor has no cell, and one of markdown no program.
        factory: ({ model }) =>
          model.type === "code" ? EditorExtensionRegistry.createImmutableExtension(extension) : null,
      }),
  };
}
