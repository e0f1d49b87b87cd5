"""A console that is flooded, in JupyterLab, beside a measurement in the same kernel.

A process writes 100,000 numbered lines a second into a terminal in the page, while a thread of the
kernel boots guests and times them, for UNIKERNEL_CONSOLE_S seconds (300). Twice a second the page
has the kernel work out 1+1, and waits for the result, before the flood too. What server, kernel and
page take of memory is looked at every ten seconds from the first half minute on, the page's after a
garbage collection. In the end the log must be the last of what was written, line by line.
"""

from __future__ import annotations

import os
import re
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from support.frontends.jupyterlab import browsing, serving

from unikernel.errors import MeasurementFailed
from unikernel.model.dimensions import host
from unikernel.model.measurement import Measurement, Measurements

from .tools.programs import OCAML
from .tools.report import Claim, Least, Limit, Ratio

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from support.frontends.jupyterlab import Visit

SPAN_S = float(os.environ.get("UNIKERNEL_CONSOLE_S", "300"))
SETTLED_S = min(30.0, SPAN_S / 4)  # after which nothing should grow
ASK_EVERY_S = 0.5
LOOK_EVERY_S = min(10.0, SPAN_S / 10)
RATE = 100_000
LIMIT_S = 600
CLAIMS: tuple[Claim, ...] = (
    Least("console.rate", 0.95 * RATE),
    Limit("console.answer", 200),
    Limit("console.slowest_answer", 200),
    Ratio("flooded", "console.answer", "console.answer_before", at_most=2),
    *(Limit(f"console.{which}_growth", 50) for which in ("server", "kernel", "renderer", "heap")),
    Limit("console.log_gaps", 0),
    Least("console.boots", 1),
)
FLOOD = f"""%%unikernel build bench-flood --lang c -t unix
#include <stdio.h>
#include <time.h>
int main(void) {{
  struct timespec begun, now;
  setvbuf(stdout, NULL, _IOFBF, 4096);
  clock_gettime(CLOCK_MONOTONIC, &begun);
  for (long n = 0;;) {{
    clock_gettime(CLOCK_MONOTONIC, &now);
    double due = ((now.tv_sec - begun.tv_sec) + (now.tv_nsec - begun.tv_nsec) / 1e9) * {RATE};
    while (n < due) printf("line %09ld\\n", n++);
    nanosleep(&(struct timespec) {{ .tv_nsec = 5000000 }}, NULL);
  }}
}}
"""
MEASURING = """\
import threading, os, time
import unikernel as uk
from unikernel import measure
stop, boots = threading.Event(), 0
def measuring():
    global boots
    while not stop.is_set():
        measure.boot(uk.image("bench-hello-unix"), repeat=5)
        boots += 5
thread = threading.Thread(target=measuring)
thread.start()
print("pid", os.getpid())
"""
ENDING = """\
stop.set(); thread.join()
elapsed = time.monotonic() - begun
vm.stop()
vm.console.save("flood.log")
print(f"lines {vm.console.line_count}, boots {boots}, bytes {vm.console.size}, s {elapsed:.3f}")
"""
BOOT = "begun = time.monotonic()\nvm = %unikernel boot bench-flood --wait 0"
TEXT = "() => [...document.querySelectorAll('.jp-OutputArea-output')].map(one => one.innerText)"
ASK = """async () => {
    const kernel = window.jupyterapp.shell.currentWidget.context.sessionContext.session.kernel;
    const request = kernel.requestExecute({ code: "1+1" });
    const begun = performance.now();
    const result = new Promise((done) => { request.onIOPub = (message) =>
        message.header.msg_type === "execute_result" && done(performance.now() - begun); });
    await request.done;
    return await result; }"""


def run(folder: Path) -> Measurements:
    """Measure for SPAN_S seconds. Raises MeasurementFailed when the notebook's cells fail."""
    with _visiting() as visit:
        hello = f"%%unikernel build bench-hello-unix -t unix\n{OCAML}"
        show = "%unikernel console bench-flood"
        visit.open_cells("%load_ext unikernel", hello, FLOOD, MEASURING)
        visit.run_all(LIMIT_S)
        kernel = int(_found(visit, r"pid (\d+)"))
        before = [*_answers(visit, "console.answer_before", SETTLED_S)]
        visit.append_cells(BOOT, show)
        visit.page.wait_for_selector(".uk-console .xterm-rows", timeout=LIMIT_S * 1000)
        rows = [*before, *_watch(visit, {"server": visit.lab.pid, "kernel": kernel})]
        visit.page.locator(".uk-bar").scroll_into_view_if_needed()
        visit.page.screenshot(path=folder / "console.png")
        rows += _end(visit)
        return Measurements(rows)


@contextmanager
def _visiting() -> Iterator[Visit]:
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(Path(folder)) as lab,
        browsing(lab, Path(folder, "profile")) as visit,
    ):
        yield visit


def _found(visit: Visit, pattern: str) -> str:
    text = "\n".join(visit.page.evaluate(TEXT))
    if found := re.search(pattern, text):
        return found[1]
    raise MeasurementFailed("A cell of the notebook did not do its work.", detail=text[-2000:])


def _watch(visit: Visit, pids: Mapping[str, int]) -> Iterator[Measurement]:
    """Ask and look until the time is over; yield the answers' times and what has grown."""
    session: Any = visit.page.context.new_cdp_session(visit.page)
    end = time.monotonic() + SPAN_S
    answers = [*_answers(visit, "console.answer", SETTLED_S)]
    looks = [_memory_mib(session, pids)]
    while time.monotonic() < end:
        answers += _answers(visit, "console.answer", LOOK_EVERY_S)
        looks.append(_memory_mib(session, pids))
    yield from answers
    slowest = max(row.value for row in answers)
    yield Measurement("console.slowest_answer", slowest, "ms", host())
    for which in looks[0]:
        for sample, look in enumerate(looks):
            yield Measurement(f"console.{which}", look[which], "MiB", host(), sample)
        growth = looks[-1][which] - looks[0][which]
        yield Measurement(f"console.{which}_growth", growth, "MiB", host())


def _answers(visit: Visit, metric: str, span_s: float) -> Iterator[Measurement]:
    """Ask for a time; yield how long each answer took."""
    end = time.monotonic() + span_s
    while time.monotonic() < end:
        yield Measurement(metric, visit.page.evaluate(ASK), "ms", host())
        visit.page.wait_for_timeout(ASK_EVERY_S * 1000)


def _memory_mib(session: Any, pids: Mapping[str, int]) -> dict[str, float]:
    session.send("HeapProfiler.collectGarbage")
    heap = session.send("Runtime.getHeapUsage")["usedSize"] / (1 << 20)
    renderer = max(map(_resident_mib, _renderers()))
    resident = {which: _resident_mib(pid) for which, pid in pids.items()}
    return {**resident, "renderer": renderer, "heap": heap}


def _renderers() -> list[int]:
    """Return the renderers of our Chromium: below this process, by their command lines."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes()
            ours = _descends(int(path.parent.name), os.getpid())
        except OSError:
            continue
        if ours and b"--type=renderer" in words:
            found.append(int(path.parent.name))
    return found


def _descends(pid: int, ancestor: int) -> bool:
    while pid > 1 and pid != ancestor:
        pid = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    return pid == ancestor


def _resident_mib(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / (1 << 20)


def _end(visit: Visit) -> Iterator[Measurement]:
    """Stop all; yield what was written, what is kept of it, and the boots beside."""
    page = visit.page
    page.evaluate(
        """async code => { const panel = window.jupyterapp.shell.currentWidget;
        const kernel = panel.context.sessionContext.session.kernel;
        const request = kernel.requestExecute({ code });
        window.said = "";
        request.onIOPub = ({ content }) => { window.said += content.text ?? content.evalue ?? ""; };
        await request.done; }""",
        ENDING,
    )
    said = page.evaluate("window.said")
    found = re.search(r"lines (\d+), boots (\d+), bytes (\d+), s ([\d.]+)", said)
    if not found:
        raise MeasurementFailed("The flood did not end as it should.", detail=said)
    lines, boots, written = map(int, found.groups()[:3])
    yield Measurement("console.rate", lines / float(found[4]), "lines/s", host())
    yield Measurement("console.boots", boots, "boots", host())
    log = visit.lab.root / "flood.log"
    yield Measurement("console.written", written / (1 << 20), "MiB", host())
    yield Measurement("console.log", log.stat().st_size / (1 << 20), "MiB", host())
    yield Measurement("console.log_gaps", _gaps(log, lines), "gaps", host())


def _gaps(log: Path, lines: int) -> int:
    """Return how often a line of the log is not the one after the last, or the last is missing."""
    gaps, last = 0, None
    with log.open("rb") as file:
        for line in file:
            number = int(line[5:]) if re.fullmatch(rb"line \d{9}\n", line) else None
            if last is not None and number is not None:
                gaps += number != last + 1
            last = number if number is not None else last
    return gaps + (last is None or last + 1 < lines)
