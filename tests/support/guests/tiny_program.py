"""A small linked program with the segments of an image, made without the library OS."""

import subprocess
from pathlib import Path

SOURCE = """
struct table { unsigned long address, size; };
__attribute__((section(".rodata.t"))) const volatile struct table unikernel_symbol_table = {0, 0};
int some_data = 1;
int zeroes[4096];
int global_name(void) { return some_data; }
extern int local_name(void);
__asm__(".set local_name, global_name");
void _start(void) { global_name(); }
"""
SCRIPT = """
ENTRY(_start)
PHDRS {
  text PT_LOAD FLAGS(5); rodata PT_LOAD FLAGS(4); data PT_LOAD FLAGS(6); symbols PT_NULL FLAGS(4);
}
SECTIONS {
  . = 0x100000;
  .text : { *(.text*) } :text
  . = ALIGN(4096);
  .rodata : { *(.rodata*) } :rodata
  . = ALIGN(4096);
  .data : { *(.data*) } :data
  .bss : { *(.bss* COMMON) } :data
  _end = .;
  /DISCARD/ : { *(.note*) *(.comment) *(.eh_frame) }
}
"""


def link(folder: Path) -> Path:
    """Compile and link the program in `folder`; returns its path."""
    (folder / "tiny.c").write_text(SOURCE)
    (folder / "tiny.lds").write_text(SCRIPT)
    flags = ["-g", "-ffreestanding", "-fno-pic", "-fcf-protection=none"]
    subprocess.run(["gcc", *flags, "-c", "tiny.c"], cwd=folder, check=True)
    command = ["ld", "-static", "-z", "max-page-size=4096", "-T", "tiny.lds", "tiny.o"]
    subprocess.run([*command, "-o", "tiny.elf"], cwd=folder, check=True)
    return folder / "tiny.elf"
