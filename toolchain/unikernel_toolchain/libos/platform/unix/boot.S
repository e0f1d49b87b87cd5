/* SPDX-License-Identifier: ISC */
/* From the entry that Linux gives a process to C.
 *
 * RSP points to the argument count; arguments, environment and auxiliary vector follow
 * (System V ABI, AMD64 supplement, figure 3.9).
 */
#define SYSTEM_RT_SIGRETURN 15
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

/* void boot_on_stack(uintptr_t stack_end, void (*next)(void)): never returns */
	.text
	.globl boot_on_stack
	.type boot_on_stack, @function
boot_on_stack:
	movq %rdi, %rsp
	xorl %ebp, %ebp
	call *%rsi
	ud2

/* Where a signal handler returns to. */
	.globl boot_signal_return
	.type boot_signal_return, @function
boot_signal_return:
	movl $SYSTEM_RT_SIGRETURN, %eax
	syscall
	ud2

	.section .note.GNU-stack, "", @progbits
