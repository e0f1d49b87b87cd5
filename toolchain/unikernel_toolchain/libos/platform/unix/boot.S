/* SPDX-License-Identifier: ISC */
/* From the entry that Linux gives a process to C.
 *
 * RSP points to the argument count; arguments, environment and auxiliary vector follow
 * (System V ABI, AMD64 supplement, figure 3.9).
 */
#define SYSTEM_GETRANDOM 318

	.section .text.boot, "ax"
	.globl unikernel_boot_entry
unikernel_boot_entry:
	/* A stack canary before the first C. */
	movl $SYSTEM_GETRANDOM, %eax
	movl $__stack_chk_guard, %edi
	movl $8, %esi
	xorl %edx, %edx
	syscall
	movb $0, __stack_chk_guard

	movq %rsp, %rdi
	andq $-16, %rsp
	xorl %ebp, %ebp
	call start
	ud2

	.section .note.GNU-stack, "", @progbits
