"""What is told when xl does not make a domain."""

import asyncio

import pytest

from unikernel.errors import BootFailed
from unikernel.machines.xen.xl import toolstack
from unikernel.machines.xen.xl.config import DomainConfig
from unikernel.machines.xen.xl.log import XlLog

CONFIG = DomainConfig("web", "/run/web.elf", "", 32)
SAID = (
    b'libxl: error: libxl_create.c:670:libxl__domain_make: Domain 3:Domain with name "web" '
    b"already exists.\n"
    b'xl: error: main.c:1:create: again: Domain with name "web" already exists.\n'
    b"libxl: error: libxl_create.c:1:initiate: Domain 3:cannot make domain: -6\n"
)


class Refusing:
    """A dom0 whose xl says something and fails."""

    def __init__(self, said):
        self._said = said
        self.ended = asyncio.get_running_loop().create_future()

    async def put(self, path, data):
        pass

    async def start(self, argv, receive):
        receive(self._said)
        self.ended.set_result(1)
        return self

    def kill(self):
        pass


def refusal(said):
    async def body():
        await toolstack.create(Refusing(said), CONFIG, XlLog(lambda _: None), held=False)

    with pytest.raises(BootFailed) as caught:
        asyncio.run(body())
    return caught.value


def test_the_cause_is_told_once():
    found = refusal(SAID)
    assert found.what == 'xl did not make the domain: Domain with name "web" already exists.'
    assert found.detail == "cannot make domain: -6"


def test_an_xl_that_says_nothing_is_told_by_its_status():
    found = refusal(b"")
    assert (found.what, found.detail) == ("xl did not make the domain: status 1", "")
