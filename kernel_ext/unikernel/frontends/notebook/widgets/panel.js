// The machine panel's view: its rows, what the kernel says of them, and what it is told of the page.
// Follows panel_rows.js.

const WORD_MS = 10_000; // the kernel misses a page that is silent for longer than a few of these
const SILENT_MS = 6_000; // of a kernel whose news comes twice a second

class Panel {
  constructor(model) {
    this.model = model;
    this.rows = new Map();
    this.list = element("ul");
    this.silent = element("div", { className: "silent" });
    this.silent.setAttribute("role", "status");
    this.empty = element("div", { className: "dim", textContent: "Waiting for the kernel …" });
    this.el = element("div", { className: "uk-panel" }, this.silent, this.empty, this.list);
    this.el.setAttribute("role", "group"); // a page may have several: no landmarks
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
    this.setSilent("");
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
    if (this.silent.textContent || !this.heard || Date.now() - this.heard < SILENT_MS) return;
    this.setSilent("The kernel sends nothing: what is shown is from before.");
  }

  setSilent(why) {
    if (this.silent.textContent === why) return;
    this.silent.textContent = why;
    for (const row of this.rows.values()) {
      row.stale = Boolean(why);
      row.el.classList.toggle("stale", row.stale);
      if (row.facts) row.showButtons(row.facts);
    }
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
    const end = () => panel.setSilent("The kernel was restarted or has ended: this is from before.");
    const word = setInterval(() => {
      panel.asked = false; // the answer may have been missed, too
      if (shown) tell();
    }, WORD_MS);
    const clock = setInterval(() => shown && panel.lookAtClock(), 1000);
    model.on("msg:custom", take);
    model.on("comm_live_update", end); // only ever that it lives no more
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
      model.off("comm_live_update", end);
    };
  },
};
