// What a console shows: pieces of it as they come, and behind them the line that is being typed.
//
//     pieces ──▶ waiting (bounded) ──▶ terminal: [erase the typed line] text [typed line again]
//                   └── while somebody reads further up, until they follow again
//
// One write is under way at a time, so that the cursor is known when the next begins.

const WAITING = 100_000; // characters that wait for the terminal, or for a reader to follow
const SEEN_EVERY = 30_000; // characters after which the kernel is told what was seen
const ABANDONED = "\x18\x1b[!p"; // ends a sequence that lost its end, and modes that lost theirs

class ConsoleScreen {
  // `seen(sent)` tells the kernel; `changed()` is called when what is shown has changed.
  constructor(terminal, logs, seen, changed) {
    Object.assign(this, { terminal, logs, seen, changed });
    this.waiting = [];
    this.end = null; // the position in the console that is shown up to
    this.line = 0; // lines shown, and lines that have come
    this.newest = 0;
    this.sent = 0;
    this.told = 0;
    this.atLineStart = true; // but for what is typed
    this.typed = ""; // the line being typed
    this.head = ""; // what of it is before its cursor
    this.mark = null; // where it begins while it is shown
    this.following = true;
    this.busy = false;
    this.fit = null; // to be called when nothing is typed on the screen
  }

  // A whole new screen: what a view shows first.
  open(piece) {
    this.waiting = [{ ...piece, first: true }];
    this.newest = piece.line + countLines(piece.text);
    this.sent = piece.sent ?? this.sent;
    this.pump();
  }

  add(piece) {
    this.waiting.push(piece);
    this.newest = piece.line === undefined ? this.newest : piece.line + countLines(piece.text);
    this.sent = piece.sent ?? this.sent;
    let size = this.waiting.reduce((sum, { text }) => sum + text.length, 0);
    while (size > WAITING && this.waiting.length > 1) size -= this.waiting.shift().text.length;
    this.pump();
    this.changed();
  }

  // Shows what the user has typed, as a terminal's driver does.
  echo(text) {
    this.add({ text });
  }

  // What happened to the guest, on a line of its own.
  note(text) {
    this.add({ text: `\x1b[2m[${text}]\x1b[0m\n`, ownLine: true });
  }

  type(before, after) {
    this.head = before;
    this.typed = before + after;
    this.follow();
  }

  follow() {
    this.following = true;
    this.terminal.scrollToBottom();
    this.pump();
    this.changed();
  }

  // Whether the end is in sight decides whether what comes is shown.
  look() {
    const { viewportY, baseY } = this.terminal.buffer.active;
    const following = viewportY >= baseY;
    if (following === this.following) return;
    this.following = following;
    if (following) this.pump();
    this.changed();
  }

  get missed() {
    return Math.max(0, this.newest - this.line);
  }

  pump() {
    if (this.busy || !(this.following || this.fit)) return;
    this.busy = true;
    const pieces = this.following ? this.waiting.splice(0) : [];
    const text = this.erased() + pieces.map((piece) => this.shown(piece)).join("");
    this.terminal.write(text, () => {
      this.fit?.();
      this.fit = null;
      this.terminal.write(this.typedLine(), () => {
        this.terminal.write(this.cursorInLine(), () => this.done());
      });
    });
  }

  done() {
    this.busy = false;
    if (this.sent - this.told >= SEEN_EVERY) this.seen((this.told = this.sent));
    this.look();
    this.changed();
    if (this.waiting.length || this.fit || !this.isDrawn()) this.pump();
  }

  shown(piece) {
    const begun = piece.ownLine && !this.atLineStart ? `${ABANDONED}\r\n` : "";
    const text = begun + (piece.line === undefined ? piece.text : this.output(piece));
    if (text) this.atLineStart = text.endsWith("\n");
    return text;
  }

  output(piece) {
    const missed = this.missedBefore(piece);
    this.end = piece.end;
    this.line = piece.line + countLines(piece.text);
    return missed + piece.text;
  }

  missedBefore(piece) {
    if (piece.first) this.terminal.reset();
    const missed = piece.line - (piece.first ? 0 : this.line);
    if (piece.begin === (piece.first ? 0 : this.end) || missed <= 0) return "";
    const before = piece.first ? "" : `${ABANDONED}\r\n`;
    const what = `${missed.toLocaleString("en")} lines not shown; ${this.logs} has the last of them`;
    return `${before}\x1b[2m… ${what}\x1b[0m\r\n`;
  }

  // The sequence that takes the typed line off the screen again.
  erased() {
    if (!this.mark) return "";
    const begin = this.beginOfLine();
    this.mark.marker.dispose();
    this.mark = null;
    return `${begin}\x1b[J`;
  }

  beginOfLine() {
    const { marker, column } = this.mark;
    const { baseY, cursorY } = this.terminal.buffer.active;
    const rows = marker.isDisposed ? 0 : baseY + cursorY - marker.line;
    return `${rows > 0 ? `\x1b[${rows}A` : ""}\x1b[${column + 1}G`;
  }

  // The cursor goes back in the line by drawing its beginning again, however wide and wrapped.
  cursorInLine() {
    return this.mark && this.drawn.head !== this.drawn.typed
      ? `${this.beginOfLine()}${this.drawn.head}`
      : "";
  }

  isDrawn() {
    return this.drawn?.typed === this.typed && this.drawn.head === this.head;
  }

  typedLine() {
    this.drawn = { typed: this.typed, head: this.head };
    if (!this.typed) return "";
    const { cursorX } = this.terminal.buffer.active;
    const full = cursorX >= this.terminal.cols; // the next character would wrap
    this.mark = { marker: this.terminal.registerMarker(full ? 1 : 0), column: full ? 0 : cursorX };
    return `${full ? "\r\n" : ""}${this.typed}`;
  }
}

function countLines(text) {
  return text.split("\n").length - 1;
}
