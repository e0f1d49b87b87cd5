// SPDX-License-Identifier: ISC
// Small live charts of the machine panel: what is drawn, and the numbers beside it with their units.

const LOOKS = 120; // a minute
const WIDTH = 96;
const HEIGHT = 24;
const ROOM = 1.15; // above the highest value
const SVG = "http://www.w3.org/2000/svg";

function element(tag, properties, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

function scaled(value, step, units) {
  let order = 0;
  while (value >= step && order < units.length - 1) {
    value /= step;
    order++;
  }
  return `${value.toFixed(order && value < 9.95 ? 1 : 0)} ${units[order]}`;
}

const percent = (cpus) => `${(100 * cpus).toFixed(cpus < 0.0995 ? 1 : 0)} %`;
const bytes = (count) => scaled(count, 1024, ["B", "KiB", "MiB", "GiB", "TiB"]);
const perSecond = {
  bytes: (rate) => scaled(rate, 1000, ["B/s", "kB/s", "MB/s", "GB/s"]),
  frames: (rate) => scaled(rate, 1000, ["frames/s", "k frames/s"]),
};

// What is drawn: places of its lines in a look, the words before their numbers, the least full scale.
const METRICS = [
  { name: "cpu", label: "CPU", lines: [0], words: [""], text: percent, least: 0.05 },
  { name: "memory", label: "Memory", lines: [1], words: [""], text: bytes, least: 1 << 20 },
  { name: "network", label: "Network", lines: [2, 3], words: ["in ", "out "], least: 1000 },
  { name: "disk", label: "Disk", lines: [4, 5], words: ["read ", "written "], least: 1000 },
].map((metric) => ({ text: perSecond.bytes, ...metric }));

// One metric of one machine: a chart for the eye, the numbers for everybody.
class Chart {
  constructor(metric) {
    this.metric = metric;
    this.number = element("span", { className: "number" });
    this.paths = metric.lines.map((_, at) => {
      const path = document.createElementNS(SVG, "path");
      path.setAttribute("class", at ? "second" : "first");
      return path;
    });
    this.svg = document.createElementNS(SVG, "svg");
    this.svg.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
    this.svg.setAttribute("preserveAspectRatio", "none"); // it is narrower in a narrow side bar
    this.svg.setAttribute("aria-hidden", "true"); // the numbers beside it say the same
    this.svg.append(...this.paths);
    const label = element("span", { className: "label", textContent: metric.label });
    this.el = element("div", { className: "metric" }, label, this.svg, this.number);
    this.el.dataset.metric = metric.name;
  }

  draw(looks, row) {
    const { lines, words, name } = this.metric;
    const isMemory = name === "memory";
    const text = name === "network" ? perSecond[row.unit] || perSecond.bytes : this.metric.text;
    const last = looks.at(-1) || [];
    const known = lines.some((line) => last[line] != null);
    const why = row.unknown[name] || (known ? "" : "not measured yet");
    const numbers = lines.map((line, at) => words[at] + (last[line] == null ? "–" : text(last[line])));
    if (isMemory) numbers.splice(0, 1, `${numbers[0]} of the host`, `guest has ${row.memory_mib} MiB`);
    this.say(known ? numbers : ["–"]);
    this.number.setAttribute("aria-label", known ? numbers.join(", ") : `not known: ${why}`);
    const values = looks.flatMap((look) => lines.map((line) => look[line] ?? 0));
    const least = isMemory ? row.memory_mib * (1 << 20) : this.metric.least;
    const full = ROOM * Math.max(least, ...values);
    const process = "What the machine's process uses on this host, more than what its guest has. ";
    const scale = known ? `${isMemory ? process : ""}The chart is ${text(full)} high. ` : "";
    this.el.title = scale + why;
    this.paths.forEach((path, at) => path.setAttribute("d", outline(looks, lines[at], full)));
    this.svg.style.visibility = known ? "" : "hidden";
  }

  // The numbers, a line each.
  say(numbers) {
    const spans = numbers.map((textContent) => element("span", { textContent }));
    this.number.replaceChildren(...spans.flatMap((span, at) => (at ? [" ", span] : [span])));
  }
}

// The line of a metric from left to right, the latest look at the right end; gaps where none is known.
function outline(looks, line, full) {
  let pen = "M";
  return looks
    .map((look, at) => {
      if (look[line] == null) {
        pen = "M";
        return "";
      }
      const x = WIDTH - ((looks.length - 1 - at) * WIDTH) / (LOOKS - 1);
      const y = HEIGHT - 1 - (look[line] / full) * (HEIGHT - 3);
      const step = `${pen}${x.toFixed(1)} ${y.toFixed(1)}`;
      pen = "L";
      return step;
    })
    .join("");
}
