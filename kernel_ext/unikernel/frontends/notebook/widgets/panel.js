// The machine panel's view. Rows are made once and changed in place, so that what has the focus keeps
// it. Whatever a guest has a say in is set as text. Follows charts.js.

const SHAPES = { running: "▶", paused: "❚❚", starting: "◔", "guest-panicked": "⚠", exited: "■" };
const BUTTONS = ["start", "pause", "reset", "stop", "console", "snapshot", "capture"];
const WORD_MS = 10_000; // the kernel misses a page that is silent for longer than a few of these
const SILENT_MS = 6_000; // of a kernel whose news comes twice a second

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
    this.said = element("div", { className: "said" });
    this.said.setAttribute("role", "status");
    this.below = element("div", { className: "below" });
    this.charts = METRICS.map((metric) => new Chart(metric));
    this.metrics = element("div", { className: "line" }, ...this.charts.map((chart) => chart.el));
    this.buttons = Object.fromEntries(BUTTONS.map((name) => [name, this.button(key, name)]));
    const state = element("span", {}, this.shape, this.state);
    this.el = element(
      "li",
      {},
      element("div", { className: "line" }, this.name, state, this.what, this.up, this.ports),
      this.metrics,
      element("div", { className: "line" }, ...Object.values(this.buttons)),
      this.said,
      this.below,
    );
  }

  button(key, name) {
    const button = element("button", { type: "button", textContent: capital(name) });
    button.addEventListener("click", () => {
      const action = button.dataset.action;
      const why = this.facts.refused[action];
      this.refusal = why ? `${capital(action)}: ${why}.` : "";
      if (!why) this.model.send({ kind: "do", key, action });
      this.say();
    });
    return button;
  }

  update(facts) {
    this.facts = facts;
    this.name.textContent = facts.name;
    this.shape.textContent = facts.failed ? "✖" : (SHAPES[facts.state] ?? "○");
    if (this.state.textContent !== facts.detail) this.state.textContent = facts.detail;
    this.el.setAttribute("aria-label", `${facts.name}: ${facts.detail}`);
    const image = facts.image === facts.name ? "" : `${facts.image} · `;
    this.what.textContent = image + facts.what;
    this.up.textContent = uptime(facts.up_s);
    this.showPorts(facts.ports);
    this.say();
    this.el.setAttribute("aria-busy", facts.busy);
    this.showButtons(facts);
    this.showBelow(facts.console);
  }

  // Why the last button did nothing, or how it went: told once, not with each look.
  say() {
    const said = this.refusal || this.facts.said;
    if (this.said.textContent !== said) this.said.textContent = said;
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
      const why = refused[action];
      const isOn = { console: Boolean(open.model ?? open.text), capture: Boolean(capturing) }[slot];
      button.dataset.action = action;
      button.textContent = capital(action);
      button.hidden = slot === "start" ? runs : !runs && !(slot === "console" && !why);
      button.setAttribute("aria-label", `${capital(action)} ${name}`);
      button.setAttribute("aria-disabled", Boolean(why));
      if (isOn !== undefined) button.setAttribute("aria-pressed", isOn);
      button.title = why || (slot === "capture" && capturing ? `writes frames to ${capturing}` : "");
    }
    if (focused.hidden) Object.values(this.buttons).find((one) => !one.hidden)?.focus();
  }

  async showBelow({ model, text }) {
    const wanted = model ?? text ?? "";
    if (this.belowShown === wanted) return;
    this.belowShown = wanted;
    if (!model) {
      this.below.replaceChildren(...(text ? [element("pre", { textContent: text })] : []));
      return;
    }
    try {
      const manager = this.model.widget_manager;
      const view = await manager.create_view(await manager.get_model(model));
      if (this.belowShown === wanted) this.below.replaceChildren(view.el);
    } catch (problem) {
      this.below.replaceChildren(`The console cannot be shown here: ${problem.message}`);
    }
  }

  see(looks) {
    this.looks = [...this.looks, ...looks].slice(-LOOKS);
  }

  draw() {
    for (const chart of this.charts) chart.draw(this.looks, this.facts);
  }
}

class Panel {
  constructor(model) {
    this.model = model;
    this.rows = new Map();
    this.list = element("ul");
    this.silent = element("div", { className: "silent" });
    this.silent.setAttribute("role", "status");
    this.empty = element("div", { className: "dim", textContent: "Waiting for the kernel …" });
    this.el = element("section", { className: "uk-panel" }, this.silent, this.empty, this.list);
    this.el.setAttribute("aria-label", "Machines");
    this.el.dataset.lmSuppressShortcuts = "true"; // Enter and Space are the buttons', not Lab's
  }

  // Returns whether to ask for everything: what came before the whole, or between, was missed.
  take(message) {
    if (message.kind !== "rows") return false;
    if (!message.anew && message.number !== this.number + 1) return !this.asked;
    this.asked = false;
    this.number = message.number;
    this.heard = Date.now();
    this.silent.textContent = "";
    for (const [key, row] of this.rows) {
      if (message.keys.includes(key)) continue;
      row.el.remove();
      this.rows.delete(key);
    }
    message.keys.forEach((key, at) => this.takeRow(key, at, message));
    this.empty.textContent = this.rows.size ? "" : "No machines. Build an image, then boot it.";
    return false;
  }

  takeRow(key, at, { rows, samples, anew }) {
    if (!this.rows.has(key)) this.rows.set(key, new Row(this.model, key));
    const row = this.rows.get(key);
    if (anew || (rows[key] && rows[key].born !== row.facts?.born)) row.looks = [];
    if (rows[key]) row.update(rows[key]);
    row.see(samples[key] ?? []);
    if (row.facts) row.draw();
    if (this.list.children[at] !== row.el) this.list.insertBefore(row.el, this.list.children[at]);
  }

  lookAtClock() {
    if (!this.heard || Date.now() - this.heard < SILENT_MS) return;
    this.silent.textContent = "The kernel sends nothing: what is shown is from before.";
  }
}

export default {
  render({ model, el }) {
    const panel = new Panel(model);
    const view = Math.random().toString(36).slice(2); // of this page and place
    let shown = false;
    let inSight = false;
    const send = (kind) => {
      try {
        model.send({ kind, view });
      } catch {
        // Its kernel is gone, and nobody looks at machines any more.
      }
    };
    const tell = () => {
      const now = inSight && !document.hidden;
      if (now || shown) send(now ? "watch" : "unwatch");
      if (now && !shown) panel.heard = Date.now();
      shown = now;
    };
    const leave = () => {
      if (shown) send("unwatch");
      shown = false;
    };
    const ask = () => {
      panel.asked = true;
      send("opened");
    };
    const take = (message) => panel.take(message) && ask();
    const sight = new IntersectionObserver((entries) => {
      inSight = entries.at(-1).isIntersecting;
      tell();
    });
    const word = setInterval(() => {
      panel.asked = false; // the answer may have been missed, too
      if (shown) tell();
    }, WORD_MS);
    const clock = setInterval(() => shown && panel.lookAtClock(), 1000);
    model.on("msg:custom", take);
    document.addEventListener("visibilitychange", tell);
    window.addEventListener("pagehide", leave);
    el.append(panel.el);
    sight.observe(el);
    ask();
    return () => {
      leave();
      clearInterval(word);
      clearInterval(clock);
      sight.disconnect();
      document.removeEventListener("visibilitychange", tell);
      window.removeEventListener("pagehide", leave);
      model.off("msg:custom", take);
    };
  },
};
