"""Stack overruns by frames of any size, and where stack and heap begin."""

import re

import pytest
from support.platforms import PLATFORMS, choices, on_xen_some, target_of

import unikernel

pytestmark = pytest.mark.boot

ENDS_WITHIN_S = 60
KIB = 1024
# Recurses with frames of one kind until the stack is used up: `frame SIZE`, `alloca SIZE`,
# `array SIZE`. Below the stack lies what must not change.
DEEPER = """
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#define FIXED(size) \\
	__attribute__((noipa)) static unsigned fixed_##size(unsigned depth) { \\
		volatile char frame[size]; \\
		frame[0] = (char)depth; \\
		return fixed_##size(depth + 1) + (unsigned)frame[0]; \\
	}
FIXED(4096) FIXED(8192) FIXED(12288) FIXED(16384) FIXED(65536) FIXED(1048576) FIXED(67108864)
#define CASE(size) case size: return (int)fixed_##size(0);

__attribute__((noipa)) static unsigned by_alloca(size_t size, unsigned depth)
{
	volatile char *frame = __builtin_alloca(size);
	frame[0] = (char)depth;
	return by_alloca(size, depth + 1) + (unsigned)frame[0];
}

__attribute__((noipa)) static unsigned by_array(size_t size, unsigned depth)
{
	volatile char frame[size];
	frame[0] = (char)depth;
	return by_array(size, depth + 1) + (unsigned)frame[0];
}

int main(int count, char **words)
{
	size_t size = count == 3 ? strtoul(words[2], NULL, 10) : 0;
	puts("deeper");
	if (!strcmp(words[1], "alloca"))
		return (int)by_alloca(size, 0);
	if (!strcmp(words[1], "array"))
		return (int)by_array(size, 0);
	switch (size) {
	CASE(4096) CASE(8192) CASE(12288) CASE(16384) CASE(65536) CASE(1048576) CASE(67108864)
	}
	return 1;
}
"""
PLACES = """
#include <stdio.h>
#include <stdlib.h>
int main(void)
{
	int here;
	void *block = malloc(1000);
	printf("stack %p\\nheap %p\\n", (void *)&here, block);
	return 0;
}
"""

FRAMES = [f"frame {n * KIB}" for n in (4, 8, 12, 16, 64, 1024, 64 * 1024)]
FRAMES += [
    f"{kind} {n}" for kind in ("alloca", "array") for n in (5000, 9 * KIB, 64 * KIB, 9 << 20)
]
# How a frame is touched is the compiler's doing; where the guard is, each target's.
FRAMES_ON_XEN = [FRAMES[0], FRAMES[-1]]


def run(text, name, platform, *arguments):
    image = unikernel.build(text, name=name, language="c", target=target_of(platform))
    with unikernel.boot(
        image,
        name=f"{name} {platform}",
        wait="running",
        replace=True,
        arguments=arguments,
        **choices(platform),
    ) as vm:
        return vm.console, vm.wait(timeout_s=ENDS_WITHIN_S)


@pytest.mark.parametrize(("frame", "platform"), on_xen_some(FRAMES, FRAMES_ON_XEN))
def test_large_frames_end_at_the_guard(frame, platform):
    console, ended = run(DEEPER, "deeper", platform, *frame.split())
    assert ended.cause == "fault", console.text
    assert re.search(r"unmapped page 0x[0-9a-f]+ \(stack guard\)", ended.message), console.text
    assert "failed again" not in console.text


@pytest.mark.parametrize("platform", PLATFORMS)
def test_stack_and_heap_begin_elsewhere_at_every_boot(platform):
    seen = [run(PLACES, "places", platform)[0].text for _ in range(4)]
    for what in ("stack", "heap"):
        places = {re.search(rf"^{what} (0x[0-9a-f]+)$", text, re.MULTILINE)[1] for text in seen}
        assert len(places) > 1, seen
