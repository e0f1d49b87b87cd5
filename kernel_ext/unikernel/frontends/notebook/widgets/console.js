// SPDX-License-Identifier: ISC
// The console's view: shows the lines that come, keeps the end in sight, sends typed lines.

const CSS = `
.uk-console { border-left: 3px solid #8888; padding-left: 10px; }
.uk-console pre { margin: 0; max-height: 24em; overflow: auto; white-space: pre-wrap;
  font-family: var(--jp-code-font-family, monospace); font-size: var(--jp-code-font-size, 13px); }
.uk-console form { display: flex; gap: 6px; align-items: center; margin-top: 4px; }
.uk-console input { flex: 1; max-width: 40em; padding: 3px 6px; border: 1px solid #8888;
  background: transparent; color: inherit;
  font-family: var(--jp-code-font-family, monospace); font-size: var(--jp-code-font-size, 13px); }
.uk-console .problem { color: var(--jp-error-color1, #c0392b); }`;

function element(tag, properties, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

export default {
  render({ model, el }) {
    const screen = element("pre", { tabIndex: 0 });
    screen.setAttribute("role", "log");
    screen.setAttribute("aria-label", `console of ${model.get("name")}`);
    const line = element("input", { placeholder: "type a line, then Enter", spellcheck: false });
    line.setAttribute("aria-label", `input to ${model.get("name")}`);
    const form = element("form", {}, "›", line);
    const problem = element("div", { className: "problem" });
    el.append(
      element("style", { textContent: CSS }),
      element("div", { className: "uk-console" }, screen, form, problem),
    );

    let shown = [];
    const show = (lines) => {
      const atEnd = screen.scrollTop + screen.clientHeight >= screen.scrollHeight - 8;
      shown = lines;
      screen.textContent = shown.join("\n");
      if (atEnd) screen.scrollTop = screen.scrollHeight;
    };
    const take = (message) => {
      if (message.kind === "lines") show([...shown.slice(0, message.kept), ...message.lines]);
      problem.textContent = message.kind === "problem" ? message.text : "";
    };
    const showAlive = () => {
      form.style.display = model.get("alive") ? "" : "none";
    };

    form.addEventListener("submit", (event) => {
      event.preventDefault();
      model.send({ kind: "typed", text: `${line.value}\n` });
      line.value = "";
    });
    line.addEventListener("keydown", (event) => event.stopPropagation()); // Lab's shortcuts
    model.on("msg:custom", take);
    model.on("change:alive", showAlive);
    showAlive();
    model.send({ kind: "opened" });
    return () => {
      model.off("msg:custom", take);
      model.off("change:alive", showAlive);
    };
  },
};
