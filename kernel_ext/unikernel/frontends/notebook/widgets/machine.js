// SPDX-License-Identifier: ISC
// The machine's panel: its name and state, and the buttons its state allows.
const ACTIONS = ["pause", "resume", "reset", "stop"];

const CSS = `
.uk-machine { display: flex; gap: 8px; align-items: center; flex-wrap: wrap; padding: 4px 0;
  font-family: var(--jp-ui-font-family, sans-serif); font-size: var(--jp-ui-font-size1, 13px); }
.uk-machine .state { min-width: 7em; }
.uk-machine button { padding: 3px 12px; border: 1px solid #8888; border-radius: 3px;
  background: transparent; color: inherit; cursor: pointer; font: inherit; }
.uk-machine button:disabled { opacity: 0.4; cursor: default; }
.uk-machine .problem { color: var(--jp-error-color1, #c0392b); }`;

export default {
  render({ model, el }) {
    const panel = document.createElement("div");
    panel.className = "uk-machine";
    const name = document.createElement("b");
    const state = document.createElement("span");
    state.className = "state";
    state.setAttribute("role", "status");
    const problem = document.createElement("span");
    problem.className = "problem";
    const buttons = ACTIONS.map((action) => {
      const button = document.createElement("button");
      button.textContent = action;
      button.addEventListener("click", () => model.send({ action }));
      return button;
    });
    const style = document.createElement("style");
    style.textContent = CSS;
    panel.append(name, state, ...buttons, problem);
    el.append(style, panel);

    const show = () => {
      name.textContent = model.get("name");
      state.textContent = model.get("state");
      for (const button of buttons) {
        button.disabled = !model.get("actions").includes(button.textContent);
      }
      problem.textContent = "";
    };
    const take = (message) => {
      problem.textContent = message.problem ?? "";
    };
    model.on("change:state change:actions", show);
    model.on("msg:custom", take);
    show();
    return () => {
      model.off("change:state change:actions", show);
      model.off("msg:custom", take);
    };
  },
};
