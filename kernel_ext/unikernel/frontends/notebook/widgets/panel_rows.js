// A row of the machine panel: made once and changed in place, so that what has the focus keeps it.
// Whatever a guest has a say in is set as text. Follows charts.js.

const SHAPES = { running: "▶", paused: "❚❚", starting: "◔", "guest-panicked": "⚠", exited: "■" };
const BUTTONS = ["start", "pause", "reset", "stop", "console", "snapshot", "capture", "hide"];
const OF_THE_ENDED = ["start", "hide"];

const capital = (word) => word[0].toUpperCase() + word.slice(1);

function uptime(seconds) {
  if (seconds == null) return "";
  const parts = [seconds % 60, Math.floor(seconds / 60) % 60, Math.floor(seconds / 3600)];
  const clock = parts.slice(0, parts[2] ? 3 : 2).map((part) => String(part).padStart(2, "0"));
  return `up ${clock.reverse().join(":")}`;
}

// Another site's page: it learns neither where the link was nor who opened it.
function link(port) {
  if (!port.url) return element("span", { textContent: port.text });
  const anchor = element("a", { href: port.url, target: "_blank", textContent: port.text });
  anchor.rel = "noopener noreferrer";
  anchor.referrerPolicy = "no-referrer";
  return port.note ? element("span", {}, `${port.note} `, anchor) : anchor;
}

class Row {
  constructor(model, key) {
    this.model = model;
    this.looks = [];
    this.name = element("span", { className: "name" });
    this.shape = element("span", { className: "shape" });
    this.shape.setAttribute("aria-hidden", "true");
    this.state = element("span", { className: "state" });
    this.what = element("span", { className: "dim" });
    this.up = element("span", { className: "dim" });
    this.ports = element("span", { className: "ports" });
    this.said = element("span", {});
    this.said.setAttribute("role", "status");
    this.close = element("button", { type: "button", textContent: "×" });
    this.close.addEventListener("click", () => this.forget());
    this.message = element("div", { className: "said", hidden: true }, this.said, this.close);
    this.below = element("div", { className: "below" });
    this.charts = METRICS.map((metric) => new Chart(metric));
    this.metrics = element("div", { className: "metrics" }, ...this.charts.map((chart) => chart.el));
    this.buttons = Object.fromEntries(BUTTONS.map((name) => [name, this.button(key, name)]));
    const state = element("span", {}, this.shape, this.state);
    this.el = element(
      "li",
      {},
      element("div", { className: "line" }, this.name, state, this.what, this.up, this.ports),
      this.metrics,
      element("div", { className: "line" }, ...Object.values(this.buttons), this.restoring(key)),
      this.message,
      this.below,
    );
  }

  button(key, name) {
    const button = element("button", { type: "button", textContent: capital(name) });
    button.addEventListener("click", () => this.act(key, button.dataset.action));
    return button;
  }

  act(key, action, more = {}) {
    const why = this.why(action);
    this.refusal = why ? `${capital(action)}: ${why}.` : "";
    this.forgotten = "";
    if (!why) this.model.send({ kind: "do", key, action, ...more });
    this.say();
  }

  why(action) {
    return this.stale ? "the kernel that has the machine does not answer" : this.facts.refused[action];
  }

  // A button that goes back to a snapshot, and which: the newest, unless another is chosen.
  restoring(key) {
    this.snapshots = element("select", {});
    this.restore = element("button", { type: "button", textContent: "Restore" });
    this.restore.addEventListener("click", () =>
      this.act(key, "restore", { snapshot: this.snapshots.value }),
    );
    this.restores = element("span", { className: "restore" }, this.restore, this.snapshots);
    return this.restores;
  }

  update(facts) {
    if (this.facts && this.facts.state !== facts.state) this.forget(); // what was said is of before
    if (!facts.said) this.forgotten = "";
    this.facts = facts;
    this.name.textContent = facts.name;
    this.shape.textContent = facts.failed ? "✖" : (SHAPES[facts.state] ?? "○");
    if (this.state.textContent !== facts.detail) this.state.textContent = facts.detail;
    this.el.setAttribute("aria-label", `${facts.name}: ${facts.detail}`);
    const image = facts.image === facts.name ? "" : `${facts.image} · `;
    this.what.textContent = image + facts.what;
    this.up.textContent = uptime(facts.up_s);
    this.showPorts(facts.ports);
    this.showSnapshots(facts);
    this.say();
    this.el.setAttribute("aria-busy", facts.busy);
    this.showButtons(facts);
    this.showBelow(facts.console);
  }

  // Why the last button did nothing, or how it went: told once, not with each look.
  say() {
    const kept = this.facts.said === this.forgotten ? "" : this.facts.said;
    const said = this.refusal || kept;
    if (this.said.textContent !== said) this.said.textContent = said;
    this.message.hidden = !said;
    this.close.setAttribute("aria-label", `Close the message of ${this.facts.name}`);
  }

  forget() {
    this.refusal = "";
    this.forgotten = this.facts.said;
    this.say();
  }

  showSnapshots({ snapshots, name }) {
    this.restores.hidden = !snapshots.length;
    this.restore.setAttribute("aria-label", `Restore ${name}`);
    this.snapshots.setAttribute("aria-label", `snapshot of ${name} to restore`);
    const text = JSON.stringify(snapshots);
    if (this.snapshotsShown === text) return;
    this.snapshotsShown = text;
    this.snapshots.replaceChildren(...snapshots.map((textContent) => element("option", { textContent })));
  }

  showPorts(ports) {
    const text = JSON.stringify(ports);
    if (this.portsShown === text) return; // a link that has the focus keeps it
    this.portsShown = text;
    const links = ports.flatMap((port) => [" ", link(port)]);
    this.ports.replaceChildren(...(links.length ? ["ports", ...links] : []));
  }

  showButtons({ refused, state, name, console: open, capturing }) {
    const runs = refused.start !== "";
    this.metrics.hidden = !runs;
    const focused = this.el.contains(document.activeElement) && document.activeElement;
    for (const [slot, button] of Object.entries(this.buttons)) {
      const action = slot === "pause" && !refused.resume ? "resume" : slot;
      const why = this.why(action);
      const isOn = { console: Boolean(open.model ?? open.text), capture: Boolean(capturing) }[slot];
      button.dataset.action = action;
      button.textContent = capital(action);
      button.hidden = runs ? OF_THE_ENDED.includes(slot) : Boolean(refused[slot]);
      button.setAttribute("aria-label", `${capital(action)} ${name}`);
      button.setAttribute("aria-disabled", Boolean(why));
      if (isOn !== undefined) button.setAttribute("aria-pressed", isOn);
      const capture = capturing ? `writes frames to ${capturing}` : "";
      button.title = why || { capture, hide: "takes the row away; ps and logs keep it" }[slot] || "";
    }
    this.restore.setAttribute("aria-disabled", Boolean(this.why("restore")));
    this.restore.title = this.why("restore");
    if (focused.hidden) Object.values(this.buttons).find((one) => !one.hidden)?.focus();
  }

  async showBelow({ model, text }) {
    const wanted = model ?? text ?? "";
    if (this.belowShown === wanted) return;
    this.belowShown = wanted;
    if (!model) return this.showText(text);
    try {
      const manager = this.model.widget_manager;
      const view = await manager.create_view(await manager.get_model(model));
      if (this.belowShown === wanted) this.below.replaceChildren(view.el);
    } catch (problem) {
      this.below.replaceChildren(`The console cannot be shown here: ${problem.message}`);
    }
  }

  // Of a machine that has ended, the end is what one looks for.
  showText(text) {
    const shown = text ? [element("pre", { textContent: text, tabIndex: 0 })] : [];
    this.below.replaceChildren(...shown);
    for (const pre of shown) pre.scrollTop = pre.scrollHeight;
  }

  see(looks) {
    this.looks = [...this.looks, ...looks].slice(-LOOKS);
  }

  draw() {
    for (const chart of this.charts) chart.draw(this.looks, this.facts);
  }
}
