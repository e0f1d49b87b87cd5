/* SPDX-License-Identifier: ISC */
/* From the PVH entry to C.
 *
 * A PVH loader (QEMU's -kernel, Xen) enters in 32-bit protected mode, flat segments,
 * paging off, interrupts off, EBX = physical address of struct hvm_start_info.
 */
#define MSR_EFER	0xc0000080
#define EFER_LME_NXE	0x900
#define MSR_FS_BASE	0xc0000100
#define CR4_PAE_SSE	0x620		/* PAE, OSFXSR, OSXMMEXCPT */
#define CR0_PG_WP_MP_PE 0x80010003
#define CR0_EM		4
#define CPUID_1_ECX_RDRAND_BIT 30
#define TABLE_ENTRY	3		/* present, writable */
#define LARGE_PAGE	0x83		/* present, writable, 2 MiB */
#define BOOT_STACK_SIZE 8192

	.section .note.pvh, "a", @note
	.balign 4
	.long 4, 8, 18			/* name size, value size, XEN_ELFNOTE_PHYS32_ENTRY */
	.asciz "Xen"
	.quad unikernel_boot_entry

	.section .text.boot, "ax"
	.code32
	.globl unikernel_boot_entry
unikernel_boot_entry:
	cld
	rdtsc
	movl %eax, boot_tsc
	movl %edx, boot_tsc + 4

	/* The first GiB, mapped one to one until paging_init has the real tables. */
	movl $boot_pdpt + TABLE_ENTRY, boot_pml4
	movl $boot_pd + TABLE_ENTRY, boot_pdpt
	movl $boot_pd, %edi
	movl $LARGE_PAGE, %eax
1:	movl %eax, (%edi)
	addl $0x200000, %eax
	addl $8, %edi
	cmpl $boot_pd + 4096, %edi
	jne 1b
	movl $boot_pml4, %eax
	movl %eax, %cr3

	/* Into long mode (Intel SDM volume 3, "Initializing IA-32e Mode"): PAE, CR3,
	 * EFER.LME, then paging. EM off, MP and SSE on: compilers use vector registers.
	 * WP on: what is read-only is so for ring 0, too. */
	movl %cr4, %eax
	orl $CR4_PAE_SSE, %eax
	movl %eax, %cr4
	movl $MSR_EFER, %ecx
	rdmsr
	orl $EFER_LME_NXE, %eax
	wrmsr
	movl %cr0, %eax
	andl $~CR0_EM, %eax
	orl $CR0_PG_WP_MP_PE, %eax
	movl %eax, %cr0
	lgdt boot_gdt_pointer
	ljmp $0x08, $boot_long

	.code64
boot_long:
	movl $0x10, %eax		/* for IRETQ; the CPU ignores the other segments now */
	movl %eax, %ss
	fninit				/* Xen leaves what a reset does: single precision */
	movl $boot_stack_end, %esp
	xorl %eax, %eax
	xorl %edx, %edx
	movl $MSR_FS_BASE, %ecx
	wrmsr

	/* A stack canary before the first C. Without RDRAND it is only the time; start.c
	 * replaces it once there is entropy. */
	movl %ebx, %edi
	movl $1, %eax
	cpuid
	btl $CPUID_1_ECX_RDRAND_BIT, %ecx
	jnc 2f
	rdrand %rax
	jc 3f
2:	rdtsc
	shlq $32, %rdx
	orq %rdx, %rax
	movabsq $0x9e3779b97f4a7c15, %rdx
	imulq %rdx, %rax
3:	xorb %al, %al
	movq %rax, __stack_chk_guard

	movq boot_tsc, %rsi
	xorl %ebp, %ebp
	call start
	ud2

	.data
	.balign 16
	.globl boot_gdt
boot_gdt:
	.quad 0
	.quad 0x00af9a000000ffff	/* 0x08: 64-bit code */
	.quad 0x00cf92000000ffff	/* 0x10: data */
	.quad 0, 0			/* 0x18: task state segment, filled by descriptor_tables.c */
boot_gdt_pointer:
	.word . - boot_gdt - 1
	.quad boot_gdt

	.bss
	.globl boot_stack, boot_stack_end, boot_pdpt
	.balign 8
boot_tsc:
	.skip 8
	.balign 4096
boot_pml4:
	.skip 4096
boot_pdpt:
	.skip 4096
boot_pd:
	.skip 4096
boot_stack:
	.skip BOOT_STACK_SIZE
boot_stack_end:

	.section .note.GNU-stack, "", @progbits
