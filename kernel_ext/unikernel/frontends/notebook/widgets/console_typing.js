// What is typed into a console. Guests have no terminal driver: they echo nothing, and read what
// they are sent. So a line is shown and edited here, and sent when it is complete, as a terminal
// does in canonical mode (POSIX, General Terminal Interface, 11.1.6); or each key as it is pressed,
// for programs that do all that by themselves.

const HISTORY = 100; // lines that are remembered
const KEY = /^\x1b[[O](?:([A-DFH])|([1-8])~)$/; // DEC VT220 and xterm; after each other in `keys`

const allButLast = (text) => [...text].slice(0, -1).join("");
const allButFirst = (text) => [...text].slice(1).join("");

class ConsoleTyping {
  constructor(screen, send) {
    Object.assign(this, { screen, send });
    this.eachKey = false;
    this.before = ""; // of the line, what is before the cursor
    this.after = "";
    this.history = [];
    this.recalled = 0; // how many lines back
    const home = () => this.put("", this.before + this.after);
    const end = () => this.put(this.before + this.after, "");
    this.keys = {
      A: () => this.recall(1),
      B: () => this.recall(-1),
      C: () => this.put(this.before + [...this.after].slice(0, 1).join(""), allButFirst(this.after)),
      D: () => this.put(allButLast(this.before), [...this.before].slice(-1).join("") + this.after),
      F: end,
      H: home,
      1: home,
      3: () => this.put(this.before, allButFirst(this.after)), // Delete
      4: end,
    };
  }

  take(data) {
    const key = KEY.exec(data);
    if (this.eachKey) this.send(data.replaceAll("\r", "\n"));
    else if (key) this.keys[key[1] ?? key[2]]?.();
    else if (!data.startsWith("\x1b")) this.edit(data);
    this.screen.type(this.before, this.after);
  }

  put(before, after) {
    Object.assign(this, { before, after });
  }

  edit(data) {
    let complete = "";
    for (const character of data.replaceAll("\r\n", "\n")) {
      if (character === "\r" || character === "\n") complete += this.enter();
      else this.change(character);
    }
    if (complete) this.send(complete);
  }

  enter() {
    const line = this.before + this.after;
    if (line && line !== this.history.at(-1)) this.history.push(line);
    this.history.splice(0, this.history.length - HISTORY);
    this.clear();
    this.screen.echo(`${line}\n`);
    return `${line}\n`;
  }

  change(character) {
    if (character === "\x7f" || character === "\b") this.before = allButLast(this.before);
    else if (character === "\x15") this.before = "";
    else if (character === "\x17") this.before = this.before.replace(/\S*\s*$/, "");
    else if (character === "\x03") this.abandon();
    else if (character >= " " || character === "\t") this.before += character;
  }

  // Ctrl-C gives up the line. There is nobody in a guest whom it could interrupt.
  abandon() {
    this.screen.echo(`${this.before}${this.after}^C\n`);
    this.clear();
  }

  clear() {
    this.put("", "");
    this.recalled = 0;
  }

  recall(step) {
    this.recalled = Math.min(Math.max(this.recalled + step, 0), this.history.length);
    this.put(this.recalled ? this.history.at(-this.recalled) : "", "");
  }
}

// Text that comes without a key: of an emoji picker, of dictation, of a keyboard on the screen. For
// screen readers xterm.js leaves it in its text field; what a key or a composition gives it takes.
function takeTextWithoutKeys(terminal, take) {
  let hasKey = false;
  terminal.element.addEventListener(
    "keydown", // before xterm.js looks at it; 229 is an input method's
    ({ isComposing, keyCode }) => (hasKey = isComposing || keyCode === 229),
    { capture: true },
  );
  terminal.onKey(() => (hasKey = true));
  terminal.textarea.addEventListener("keyup", () => (hasKey = false));
  terminal.textarea.addEventListener("input", ({ data, inputType, isComposing }) => {
    const isNew = inputType === "insertText" && data && !isComposing && !hasKey;
    if (isNew && !terminal.options.disableStdin) take(data);
    hasKey = false;
  });
}
