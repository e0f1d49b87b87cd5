"""Guests that use their console hard, built once for tests of what becomes of it."""

import subprocess
import sys
from pathlib import Path
from typing import Any

TIME_LIMIT_S = 120
COMMAND = (sys.executable, "-m", "unikernel.frontends.terminal.cli")
SOURCES = {
    "talk": 'for (long n = 0;; n++) printf("line %ld of many that are said all the time\\n", n);',
    "count": 'for (long n = 0; n < 200000; n++) printf("line %ld of the count\\n", n);',
    "steps": 'for (int n = 1; n <= 20; n++) printf("step %d\\n", n);',
    "octets": "for (int octet = 0; octet < 256; octet++) putchar(octet);",
    "echo": 'char line[200]; puts("ready");'
    ' while (fgets(line, sizeof line, stdin)) printf("got %s", line);',
    "progress": r'printf("10%%\r20%%\rdone\nabc\b\bXY\n\x1b]0;title\a\x1b[31mred\x1b[0m\n");',
    "rude": r'printf("\x1b]52;c;aGFjaw==\a\x1b[2J\x1b]0;title\a\xc2\x9b" "2J\xe2\x80\xae!\n");'
    " abort();",
}


def build(name: str, folder: Path, target: str = "unix") -> str:
    """Build one of the guests; returns the name of its image, which other processes know, too."""
    path = folder / f"{name}.c"
    path.write_text(
        f"#include <stdio.h>\n#include <stdlib.h>\nint main(void) {{ {SOURCES[name]} return 0; }}\n"
    )
    image = f"{name} {target}"
    done = unikernel("build", image, str(path), "-t", target)
    assert done.returncode == 0, done.stderr
    return image


def unikernel(*argv: str, **options: Any) -> subprocess.CompletedProcess[bytes]:
    """Run the command; what it says comes as bytes."""
    choices: dict[str, Any] = {
        "capture_output": True,
        "timeout": TIME_LIMIT_S,
        "check": False,
    }
    done: subprocess.CompletedProcess[bytes]
    done = subprocess.run((*COMMAND, *argv), **choices | options)
    return done
