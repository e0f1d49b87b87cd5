/* SPDX-License-Identifier: ISC */
/*
 * The smallest kernel QEMU boots, which every boot time is compared with.
 * PVH starts it in 32-bit protected mode without paging and nothing here needs more: it writes
 * LINE to the serial port and leaves through isa-debug-exit with QEMU status 1, success.
 */
	.set SERIAL_DATA, 0x3f8
	.set DEBUG_EXIT, 0x501
	.set XEN_ELFNOTE_PHYS32_ENTRY, 18

	.section .note.pvh, "a", @note
	.long 4, 4, XEN_ELFNOTE_PHYS32_ENTRY
	.asciz "Xen"
	.long _start

	.section .text, "ax", @progbits
	.code32
	.globl _start
_start:
	movl $line, %esi
	movl $line_size, %ecx
	movw $SERIAL_DATA, %dx
	cld
	rep outsb
	movw $DEBUG_EXIT, %dx
	xorl %eax, %eax
	outl %eax, %dx
halt:
	hlt
	jmp halt

line:
	.ascii LINE
	.ascii "\n"
	.set line_size, . - line
