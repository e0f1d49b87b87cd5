// SPDX-License-Identifier: ISC
// Libraries that come with the kernel's side: asked for by message (libraries.py), imported from a
// blob, kept for every widget of the page. `library(model, "xterm")` is a promise of the module's
// exports and `css`, the text of its style sheet or "".

const LIBRARIES = (globalThis[Symbol.for("jupyter-unikernel.libraries")] ??= new Map());
const LIBRARY_LIMIT_MS = 600_000; // a kernel that runs a cell answers when that has ended

function library(model, name) {
  if (!LIBRARIES.has(name)) keepLibrary(name, askForLibrary(model, name));
  return LIBRARIES.get(name);
}

function keepLibrary(name, coming) {
  LIBRARIES.set(name, coming);
  coming.catch(() => LIBRARIES.delete(name)); // who asks next may have more luck
}

// Keeps what the kernel sends unasked. For `initialize` of a widget's module.
function takeLibraries(model) {
  model.on("msg:custom", (message, buffers) => {
    if (message.kind !== "library" || LIBRARIES.has(message.name)) return;
    if (message.files.length) keepLibrary(message.name, importLibrary(message, buffers));
  });
}

function askForLibrary(model, name) {
  return new Promise((resolve, reject) => {
    const settle = (how, result) => {
      clearTimeout(limit);
      model.off("msg:custom", take);
      how(result);
    };
    const take = (message, buffers) => {
      if (message.kind !== "library" || message.name !== name) return;
      importLibrary(message, buffers).then(
        (made) => settle(resolve, made),
        (problem) => settle(reject, problem),
      );
    };
    const late = () => settle(reject, new Error(`the kernel did not send ${name}`));
    const limit = setTimeout(late, LIBRARY_LIMIT_MS);
    model.on("msg:custom", take);
    model.send({ kind: "library", name });
  });
}

async function importLibrary({ name, files }, buffers) {
  if (!files.length) throw new Error(`there is no library ${name}`);
  const of = (suffix) => buffers[files.findIndex((file) => file.endsWith(suffix))];
  const blob = new Blob([of(".mjs")], { type: "text/javascript" });
  const url = URL.createObjectURL(blob);
  try {
    const css = of(".css");
    return { ...(await import(url)), css: css ? new TextDecoder().decode(css) : "" };
  } finally {
    URL.revokeObjectURL(url);
  }
}
