"""Whether an image has a thread block from the start: where its C library looks for one."""

import pytest

from unikernel_toolchain import Config, build
from unikernel_toolchain.binary.elf import read

SOLO5 = "int solo5_app_main(const struct solo5_start_info *info)"
BASE = "int unikernel_main(const struct unikernel_start_info *info)"


@pytest.mark.parametrize("target", ["virtio", "unix"])
@pytest.mark.parametrize(
    ("text", "used"),
    [
        ("int main(void) { return 0; }", True),
        ("static __thread int x; int main(void) { return x; }", True),
        (f'#include "solo5.h"\n{SOLO5} {{ return !info; }}', False),
        (f'#include "solo5.h"\nstatic __thread int x; {SOLO5} {{ return x + !info; }}', False),
        (
            (
                f'#include "solo5.h"\n#include <string.h>\n{SOLO5} '
                "{ return strncmp(info->cmdline, info->cmdline + 1, 2); }"
            ),
            False,
        ),
        (
            f'#include "solo5.h"\n#include <string.h>\n{SOLO5} {{ return strerror(!info)[0]; }}',
            True,
        ),
        (
            (
                f'#include "unikernel.h"\n#include <stdio.h>\n{BASE} '
                '{ char t[9]; return snprintf(t, sizeof t, "%zu", info->heap_size); }'
            ),
            True,
        ),
        (f'#include "unikernel.h"\n{BASE} {{ return !info; }}', False),
    ],
)
def test_an_image_knows(text, used, target):
    image = build(Config("thread block", {"a.c": text}, language="c", target=target))
    (answer,) = (
        s for s in read(image.debug_path).symbols if s.name == "unikernel_thread_block_is_used"
    )
    at = read(image.debug_path).file_offset(answer)
    assert image.path.read_bytes()[at] == used
