// What is typed into a console. Guests have no terminal driver: they echo nothing, and read what
// they are sent. So a line is shown and edited here, and sent when it is complete, as a terminal
// does in canonical mode (POSIX, General Terminal Interface, 11.1.6); or each key as it is pressed,
// for programs that do all that by themselves.

const HISTORY = 100; // lines that are remembered

class ConsoleTyping {
  constructor(screen, send) {
    Object.assign(this, { screen, send });
    this.eachKey = false;
    this.line = "";
    this.history = [];
    this.recalled = 0; // how many lines back
  }

  take(data) {
    if (this.eachKey) this.send(data.replaceAll("\r", "\n"));
    else if (/^\x1b[[O][AB]$/.test(data)) this.recall(data.endsWith("A") ? 1 : -1);
    else if (!data.startsWith("\x1b")) this.edit(data);
    this.screen.type(this.line);
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
    const line = `${this.line}\n`;
    if (this.line && this.line !== this.history.at(-1)) this.history.push(this.line);
    this.history.splice(0, this.history.length - HISTORY);
    this.clear();
    this.screen.echo(line);
    return line;
  }

  change(character) {
    if (character === "\x7f" || character === "\b") this.line = [...this.line].slice(0, -1).join("");
    else if (character === "\x15") this.clear();
    else if (character === "\x17") this.line = this.line.replace(/\S*\s*$/, "");
    else if (character === "\x03") this.abandon();
    else if (character >= " " || character === "\t") this.line += character;
  }

  // Ctrl-C gives up the line. There is nobody in a guest whom it could interrupt.
  abandon() {
    this.screen.echo(`${this.line}^C\n`);
    this.clear();
  }

  clear() {
    this.line = "";
    this.recalled = 0;
  }

  recall(step) {
    this.recalled = Math.min(Math.max(this.recalled + step, 0), this.history.length);
    this.line = this.recalled ? this.history.at(-this.recalled) : "";
  }
}
