import asyncio
import contextlib
import json
import socket

import pytest

from unikernel.errors import HypervisorLost, HypervisorSilent, QmpError, UsageError
from unikernel.host import event_loop
from unikernel.machines.qemu import qmp
from unikernel.machines.qemu.qmp import QmpSession

GREETING = {"QMP": {"version": {"qemu": {"major": 9, "minor": 0, "micro": 0}}, "capabilities": []}}


def talk(answers, body):
    """Run `body(channel, events)` against a QEMU that gives `answers` (by command)."""

    async def serve(theirs):
        reader, writer = await asyncio.open_connection(sock=theirs)

        def send(message):
            writer.write(json.dumps(message).encode() + b"\n")

        send(GREETING)
        text = ""
        with contextlib.suppress(OSError):
            while piece := await reader.read(4096):
                text += piece.decode()
                while text:  # the client sends no line ends
                    request, end = json.JSONDecoder().raw_decode(text)
                    text = text[end:].lstrip()
                    for answer in answers.get(request["execute"], [{"return": {}}]):
                        if answer is None:
                            writer.close()
                            return
                        mark = {key: request[key] for key in request if key == "id"}
                        send(answer if "event" in answer else answer | mark)
        writer.close()

    async def run():
        ours, theirs = socket.socketpair()
        events = []
        channel = QmpSession(lambda name, data: events.append((name, dict(data))))
        server = asyncio.create_task(serve(theirs))
        await channel.open(ours)
        try:
            return await body(channel, events)
        finally:
            await channel.close()
            await server

    return event_loop.call(run(), timeout_s=20)


def event(name, **data):
    stamp = {"seconds": 1, "microseconds": 2}
    return {"event": name, "data": data, "timestamp": stamp}


def test_results_come_back():
    async def body(channel, _):
        return await channel.execute("query-status")

    assert talk({"query-status": [{"return": {"status": "running"}}]}, body)["status"] == "running"


def test_events_are_seen_before_the_answer_they_precede():
    async def body(channel, events):
        await channel.execute("stop")
        return list(events)

    answers = {"stop": [event("STOP"), event("SHUTDOWN", reason="x"), {"return": {}}]}
    assert talk(answers, body) == [("STOP", {}), ("SHUTDOWN", {"reason": "x"})]


NOT_FOUND = {"error": {"class": "CommandNotFound", "desc": "The command x has not been found"}}
KNOWN = {"return": [{"name": "query-status"}, {"name": "system_reset"}]}


@pytest.mark.parametrize(
    ("command", "hint"),
    [("query-statsu", "Did you mean 'query-status'?"), ("zzz", "query-commands lists them all.")],
)
def test_an_unknown_command_names_the_nearest(command, hint):
    async def body(channel, _):
        with pytest.raises(QmpError) as caught:
            await channel.execute(command)
        return caught.value

    error = talk({command: [NOT_FOUND], "query-commands": [KNOWN]}, body)
    assert error.hint == hint
    assert command in error.what


def test_a_refusal_is_told_in_qemus_words():
    async def body(channel, _):
        with pytest.raises(QmpError, match="Parameter 'x' is unexpected"):
            await channel.execute("stop", {"x": 1})

    refusal = {"error": {"class": "GenericError", "desc": "Parameter 'x' is unexpected"}}
    talk({"stop": [refusal]}, body)


def test_a_qemu_that_ends_in_the_middle_is_lost():
    async def body(channel, _):
        with pytest.raises(HypervisorLost, match="'stop'"):
            await channel.execute("stop")
        await channel.drain()
        with pytest.raises(HypervisorLost, match="'cont'"):
            await channel.execute("cont")

    talk({"stop": [None]}, body)


def test_a_qemu_that_does_not_answer_is_not_waited_for_for_ever(monkeypatch):
    monkeypatch.setattr(qmp, "ANSWER_TIME_S", 0.3)

    async def body(channel, _):
        with pytest.raises(HypervisorSilent, match=r"'stop' within 0\.3 s"):
            await channel.execute("stop")
        return await channel.execute("cont")

    assert talk({"stop": []}, body) == {}


def test_nobody_at_the_other_end():
    async def body():
        ours, theirs = socket.socketpair()
        theirs.close()
        channel = QmpSession()
        with pytest.raises(HypervisorLost):
            await channel.open(ours)
        with pytest.raises(HypervisorLost):
            await QmpSession().open("/nonexistent/control.sock")
        await channel.close()

    event_loop.call(body(), timeout_s=20)


ENDLESS: list = []
ENDLESS.append(ENDLESS)


@pytest.mark.parametrize(
    ("command", "arguments"),
    [
        ("stop", {"x": object()}),
        ("stop", {"x": b"bytes"}),
        ("stop", {"x": {1, 2}}),
        ("stop", {"x": float("nan")}),
        ("stop", {"x": ENDLESS}),
        ("stop", {("a", "b"): 1}),
        ("stop", [1]),
        ("stop", "id"),
        (5, None),
        (None, {}),
    ],
)
def test_what_json_has_no_form_for_is_refused_and_the_session_goes_on(command, arguments):
    async def ask(channel, _):
        with pytest.raises(UsageError) as caught:
            await channel.execute(command, arguments)
        assert repr(command) in caught.value.what
        return await channel.execute("query-status")

    assert talk({"query-status": [{"return": {"status": "running"}}]}, ask) == {"status": "running"}


def test_files_are_passed_one_at_a_time():
    """QEMU has the file that came last: its command goes before the next."""
    said = []

    class Client:
        def send_fd_scm(self, descriptor):
            said.append(descriptor)

        async def execute(self, command, arguments):
            await asyncio.sleep(0)
            said.append(command)
            return {"fdset-id": 3}

    async def passed():
        session = QmpSession()
        session._client = Client()
        return await asyncio.gather(session.name_descriptor(7, "net"), session.add_descriptor(8))

    assert event_loop.call(passed(), timeout_s=20) == [None, 3]
    assert said == [7, "getfd", 8, "add-fd"]
