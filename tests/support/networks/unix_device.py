"""The process target's network devices: frames, and programs that are attached to them."""

import subprocess
from contextlib import AbstractContextManager
from typing import Any

from support.guests.unix_program import running
from unikernel_toolchain.model.image import Image

HOST_MAC, GUEST_MAC = bytes.fromhex("020000000001"), bytes.fromhex("525400010203")
END = GUEST_MAC + HOST_MAC + b"\x88\xb6"
# Sends a frame every 50 ms and says so; counts those that come in.
TICKS = """
#include <stdio.h>
#include "unikernel.h"

int main(void)
{
	static unsigned char frame[12 + 60], buffers[8][2048];
	struct unikernel_net_info info;
	unsigned handle, in = 0;
	size_t length;
	if (unikernel_net_acquire("service", 0, &handle, &info) != UNIKERNEL_OK)
		return 1;
	for (unsigned i = 0; i < 8; i++)
		unikernel_net_rx_post(handle, buffers[i], sizeof buffers[i], buffers[i]);
	for (uint64_t n = 0, start = unikernel_clock_monotonic();; n++) {
		struct unikernel_net_part part = {frame, sizeof frame};
		unikernel_net_tx_post(handle, &part, 1, frame);
		while (unikernel_net_tx_reclaim(handle))
			;
		printf("tick %u\\n", in);
		fflush(stdout);
		uint64_t next = start + (n + 1) * 50000000;
		while (unikernel_wait((unikernel_ready_t)1 << handle, next))
			for (void *b; (b = unikernel_net_rx_take(handle, &length)); in++)
				unikernel_net_rx_post(handle, b, sizeof buffers[0], b);
	}
}
"""


def attached(
    image: Image, attachment: str, *argv: str, **keywords: Any
) -> AbstractContextManager[subprocess.Popen[str]]:
    return running(
        image, "UNIKERNEL_NET=service", f"UNIKERNEL_NET_0={attachment}", *argv, **keywords
    )


def frame(payload: bytes) -> bytes:
    return GUEST_MAC + HOST_MAC + b"\x88\xb5" + payload


def turned(sent: bytes) -> bytes:
    return sent[6:12] + sent[:6] + sent[12:]
