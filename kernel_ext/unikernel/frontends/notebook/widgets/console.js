// The console's view: a terminal (xterm.js), and below it search, what is new, how keys are sent.

const CSS = `
.uk-console { border-left: 3px solid #8888; padding: 0 0 4px 10px; }
.uk-console .uk-terminal { height: 10em; min-height: 5em; resize: vertical; overflow: hidden;
  font-size: var(--jp-code-font-size, 13px); }
.uk-console .uk-terminal.uk-full { height: 28em; }
.uk-console .uk-terminal:focus-within { outline: 1px solid var(--jp-brand-color1, #1976d2); }
.uk-console .uk-bar { display: flex; flex-wrap: wrap; gap: 4px 12px; align-items: center;
  margin-top: 4px; font-size: var(--jp-ui-font-size1, 13px); }
.uk-console input[type="search"], .uk-console button { padding: 2px 8px; color: inherit;
  border: 1px solid #8888; border-radius: 2px; background: transparent; font: inherit; }
.uk-console .uk-problem { color: var(--jp-error-color1, #b3261e); }
.uk-console .uk-follow { font-weight: bold; }
.uk-console :is(button, input):focus-visible { outline: 2px solid currentColor; }`;

const SCROLL_BACK = 5000; // lines
const CARET = new Set(["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End", "Delete"]);
const HIDE_CURSOR = "\x1b[?25l"; // DECTCEM

function element(tag, properties, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

function isDark(el) {
  const lab = document.body.dataset.jpThemeLight;
  if (lab) return lab === "false";
  return window.matchMedia("(prefers-color-scheme: dark)").matches;
}

function theme(el) {
  const style = getComputedStyle(el);
  const colour = (name, light, dark) =>
    style.getPropertyValue(name).trim() || (isDark(el) ? dark : light);
  const foreground = colour("--jp-content-font-color0", "#000000", "#ffffff");
  return {
    foreground,
    background: colour("--jp-layout-color0", "#ffffff", "#111111"),
    cursor: foreground,
    selectionBackground: isDark(el) ? "#4a6a9d" : "#b3d4fc",
  };
}

function matches(el) {
  const [matchBackground, activeMatchBackground] = isDark(el)
    ? ["#5c4a00", "#9e4a03"]
    : ["#ffe08a", "#ffb066"];
  const rulers = { matchOverviewRuler: "#888888", activeMatchColorOverviewRuler: "#888888" };
  return { decorations: { matchBackground, activeMatchBackground, ...rulers } };
}

// The bar's parts, which are also what a screen reader gets to know of the console.
function makeBar(name) {
  const find = element("input", { type: "search", placeholder: "Search", spellcheck: false });
  find.setAttribute("aria-label", `search the console of ${name}`);
  const found = element("span", {});
  found.setAttribute("role", "status");
  const follow = element("button", { className: "uk-follow", hidden: true });
  const eachKey = element("input", { type: "checkbox" });
  const keys = element("label", { title: "for programs that echo and edit by themselves" });
  keys.append(eachKey, " send each key at once");
  const problem = element("span", { className: "uk-problem" });
  problem.setAttribute("role", "alert");
  const bar = element("div", { className: "uk-bar" }, follow, find, found, keys, problem);
  return { bar, find, found, follow, eachKey, keys, problem };
}

// Keys that are the page's, whatever the guest would do with them; false leaves them to it.
function keyHandler(terminal, typing, find, leave) {
  return (event) => {
    if (event.type !== "keydown") return true;
    const command = event.ctrlKey || event.metaKey;
    const key = command ? `command ${event.key.toLowerCase()}` : event.key;
    const own = {
      "command f": () => (find.focus(), find.select()),
      "command a": !typing.eachKey && (() => terminal.selectAll()),
      Escape: !typing.eachKey && leave,
      PageUp: !typing.eachKey && (() => terminal.scrollPages(-1)),
      PageDown: !typing.eachKey && (() => terminal.scrollPages(1)),
    }[key];
    if (own) {
      event.preventDefault();
      own();
      return false;
    }
    if (CARET.has(event.key)) event.preventDefault(); // composed text is taken from the field's end
    const browsers =
      key === "command v" ||
      (key === "command c" && terminal.hasSelection()) ||
      (key === "Tab" && (event.shiftKey || !typing.eachKey));
    return !browsers;
  };
}

async function show({ model, el }, root, cleanups) {
  const [xterm, fitting, searching] = await Promise.all(
    ["xterm", "addon-fit", "addon-search"].map((name) => library(model, name)),
  );
  const name = model.get("name");
  const parts = makeBar(name);
  const place = element("div", { className: "uk-terminal" });
  root.replaceChildren(element("style", { textContent: xterm.css }), place, parts.bar);

  const terminal = new xterm.Terminal({
    allowProposedApi: true, // decorations: what a search has found
    convertEol: true,
    cursorBlink: false,
    fontFamily: getComputedStyle(el).getPropertyValue("--jp-code-font-family").trim() || "monospace",
    fontSize: parseInt(getComputedStyle(place).fontSize) || 13,
    ignoreBracketedPasteMode: true,
    minimumContrastRatio: 4.5, // WCAG 2.2, 1.4.3
    screenReaderMode: true,
    scrollback: SCROLL_BACK,
    theme: theme(el),
  });
  cleanups.push(() => terminal.dispose());
  const fit = new fitting.FitAddon();
  const search = new searching.SearchAddon();
  terminal.loadAddon(fit);
  terminal.loadAddon(search);
  terminal.open(place);
  root.terminal = terminal; // for tests, and whoever looks into a page
  terminal.textarea.setAttribute(
    "aria-label",
    `console of ${name}: type a line, Enter sends it; Tab leaves, Control F searches`,
  );

  const showNews = () => {
    if (terminal.buffer.active.baseY) place.classList.add("uk-full"); // it has scrolled
    parts.follow.hidden = screen.following;
    const { missed } = screen;
    const news = `${missed.toLocaleString("en")} new line${missed === 1 ? "" : "s"}, `;
    parts.follow.textContent = `↓ ${missed ? news : ""}follow`;
  };
  const seen = (sent) => model.send({ kind: "seen", sent });
  const screen = new ConsoleScreen(terminal, model.get("logs"), seen, showNews);
  const typing = new ConsoleTyping(screen, (text) => {
    parts.problem.textContent = "";
    model.send({ kind: "typed", text });
  });
  const leave = () => (root.parentElement?.closest("[tabindex]") ?? parts.find).focus();
  terminal.attachCustomKeyEventHandler(keyHandler(terminal, typing, parts.find, leave));
  terminal.onData((data) => typing.take(data));
  takeTextWithoutKeys(terminal, (text) => typing.take(text));
  terminal.onScroll(() => screen.look());
  for (const event of ["wheel", "pointerup", "keyup", "scroll"]) {
    place.addEventListener(event, () => requestAnimationFrame(() => screen.look()), {
      capture: true,
      passive: true,
    });
  }
  parts.follow.addEventListener("click", () => (screen.follow(), terminal.focus()));
  parts.eachKey.addEventListener("change", () => {
    typing.eachKey = parts.eachKey.checked;
    terminal.focus();
  });
  searchWith(search, parts, el, () => terminal.focus());

  const observer = new ResizeObserver(() => {
    screen.fit = () => fit.fit();
    screen.pump();
  });
  observer.observe(place);
  cleanups.push(() => observer.disconnect());
  const themes = new MutationObserver(() => (terminal.options.theme = theme(el)));
  themes.observe(document.body, { attributeFilter: ["data-jp-theme-name"] });
  cleanups.push(() => themes.disconnect());

  const showAlive = () => {
    terminal.options.disableStdin = !model.get("alive");
    parts.keys.hidden = !model.get("alive");
  };
  model.on("change:alive", showAlive);
  cleanups.push(() => model.off("change:alive", showAlive));
  showAlive();
  const showGone = () => {
    terminal.options.disableStdin = true;
    terminal.write(HIDE_CURSOR);
    parts.keys.hidden = true;
    parts.problem.textContent = "The kernel was restarted or has ended: this is from before.";
  };
  model.on("comm_live_update", showGone); // only ever that it lives no more
  cleanups.push(() => model.off("comm_live_update", showGone));
  receive(model, screen, parts.problem, cleanups);
}

function searchWith(search, { find, found }, el, back) {
  const go = (event) => {
    if (event.shiftKey) search.findPrevious(find.value, matches(el));
    else search.findNext(find.value, matches(el));
  };
  search.onDidChangeResults(({ resultIndex, resultCount }) => {
    const at = resultIndex < 0 ? resultCount : `${resultIndex + 1} of ${resultCount}`;
    found.textContent = find.value ? (resultCount ? at : "not found") : "";
  });
  find.addEventListener("input", () => {
    search.findPrevious(find.value, { incremental: true, ...matches(el) });
  });
  find.addEventListener("keydown", (event) => {
    if (event.key === "Enter") go(event);
    if (event.key === "Escape") back();
  });
}

function receive(model, screen, problem, cleanups) {
  const view = crypto.getRandomValues(new Uint32Array(2)).join("-");
  const take = (message) => {
    if (message.kind === "problem") problem.textContent = message.text;
    if (message.kind === "note") screen.note(message.text);
    if (message.kind !== "output") return;
    if (message.view === view) screen.open(message);
    else if (!message.view) screen.add(message);
  };
  model.on("msg:custom", take);
  cleanups.push(() => model.off("msg:custom", take));
  screen.open(model.get("start"));
  model.send({ kind: "opened", view });
}

export default {
  initialize({ model }) {
    takeLibraries(model);
  },
  render({ model, el }) {
    const name = model.get("name");
    const root = element("div", { className: "uk-console" });
    root.textContent = `console of ${name}: waiting for the kernel`;
    root.setAttribute("role", "group");
    root.setAttribute("aria-label", `console of ${name}`);
    root.setAttribute("data-lm-suppress-shortcuts", "true"); // Lab's, while keys are typed here
    root.addEventListener("keydown", (event) => event.stopPropagation());
    el.append(element("style", { textContent: CSS }), root);
    const cleanups = [];
    show({ model, el }, root, cleanups).catch((problem) => {
      const instead = `${model.get("logs")} shows what it says.`;
      root.textContent = `The terminal cannot be shown: ${problem.message}. ${instead}`;
    });
    return () => cleanups.splice(0).forEach((cleanup) => cleanup());
  },
};
