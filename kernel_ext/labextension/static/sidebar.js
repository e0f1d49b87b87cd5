// SPDX-License-Identifier: ISC
// The machine panel in JupyterLab's side bar: that of the kernel whose notebook is in front.
//
// The kernel is asked for it as an expression beside an empty, silent request: nothing runs in the
// user's name space, counts as a cell, or shows up in a notebook. A kernel that has not loaded
// unikernel is left as it is; once it has, the next time that it is idle will tell.

const ID = "unikernel-machines";
const COMMAND = "unikernel:machines";
const TITLE = "Unikernel: Machines";
const PANEL = "__import__('sys').modules['unikernel'].panel()";
const ICON = `<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 16 16">
  <g class="jp-icon3" fill="#616161"><path d="M2 2h12v4H2zm1.5 1.3v1.4H5V3.3zM2 7h12v4H2zm1.5
  1.3v1.4H5V8.3zM5 12h6v2H5z"/></g></svg>`;
const SENTENCES = {
  none: "No notebook with a kernel is in front. Open one to see its machines.",
  waiting: "Waiting for the notebook's kernel …",
  unloaded: "This notebook's kernel has not loaded unikernel. Run: %load_ext unikernel",
};

export default async function sidebar(shared) {
  const { INotebookTracker } = await shared("@jupyterlab/notebook");
  const { ICommandPalette } = await shared("@jupyterlab/apputils");
  const { Widget, PanelLayout } = await shared("@lumino/widgets");
  const { LabIcon } = await shared("@jupyterlab/ui-components");

  class Machines extends Widget {
    constructor() {
      super();
      this.id = ID;
      this.title.caption = TITLE;
      this.title.icon = new LabIcon({ name: COMMAND, svgstr: ICON });
      this.addClass("jp-SidePanel");
      this.node.setAttribute("aria-label", TITLE);
      Object.assign(this.node.style, { overflow: "auto", padding: "8px", minWidth: "260px" });
      this.layout = new PanelLayout();
      this.sentence = document.createElement("p");
      this.sentence.setAttribute("role", "status");
      this.layout.addWidget(new Widget({ node: this.sentence }));
      this.asked = 0;
    }

    // Shows the panel of a notebook from now on; null is for none.
    follow(notebook) {
      if (this.notebook === notebook) return;
      const session = notebook?.sessionContext;
      this.session?.statusChanged.disconnect(this.onStatus, this);
      session?.statusChanged.connect(this.onStatus, this);
      this.session = session;
      this.notebook = notebook;
      this.renew();
    }

    onStatus(_session, status) {
      if (["restarting", "autorestarting", "terminating", "dead"].includes(status)) this.renew();
      else if (status === "idle" && !this.panel) this.ask();
    }

    onAfterShow() {
      this.ask();
    }

    renew() {
      this.asked++; // an answer that is on its way is another kernel's
      this.asking = false;
      this.panel?.dispose();
      this.panel = null;
      this.ask();
    }

    say(sentence) {
      this.sentence.textContent = sentence;
      this.sentence.parentElement.hidden = !sentence;
      this.sentence.hidden = !sentence;
    }

    async ask() {
      if (!this.isVisible || this.panel || this.asking) return;
      const kernel = this.session?.session?.kernel;
      if (!kernel) return this.say(SENTENCES.none);
      const number = ++this.asked;
      this.asking = true;
      try {
        if (!this.sentence.textContent) this.say(SENTENCES.waiting);
        const found = await answer(kernel);
        if (number === this.asked) await this.render(found);
      } catch (problem) {
        if (number === this.asked) this.say(`The panel cannot be shown: ${problem.message}`);
      } finally {
        if (number === this.asked) this.asking = false;
      }
    }

    async render(found) {
      if (found?.status !== "ok") return this.say(SENTENCES.unloaded);
      const { rendermime } = this.notebook.content;
      const data = found.data;
      const renderer = rendermime.createRenderer(rendermime.preferredMimeType(data, "any"));
      this.panel = renderer;
      this.layout.addWidget(renderer);
      this.say("");
      await renderer.renderModel(rendermime.createModel({ data, trusted: true }));
    }
  }

  return {
    description: "Keeps the machine panel in the side bar.",
    optional: [INotebookTracker, ICommandPalette],
    activate: (app, tracker, palette) => {
      if (!tracker) return;
      const machines = new Machines();
      app.shell.add(machines, "right", { rank: 700 });
      tracker.currentChanged.connect((_tracker, notebook) => machines.follow(notebook));
      machines.follow(tracker.currentWidget);
      app.commands.addCommand(COMMAND, {
        label: TITLE,
        describedBy: { args: { type: "object", properties: {} } },
        execute: () => app.shell.activateById(ID),
      });
      palette?.addItem({ command: COMMAND, category: "Unikernel" });
    },
  };
}

// What the kernel makes of the expression: a MIME bundle, or an error.
async function answer(kernel) {
  const request = { code: "", silent: true, store_history: false, allow_stdin: false };
  const future = kernel.requestExecute({ ...request, user_expressions: { panel: PANEL } });
  return (await future.done).content.user_expressions?.panel;
}
