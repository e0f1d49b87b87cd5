/* SPDX-License-Identifier: ISC */
/* The interrupt descriptor table, and the task state segment for the one thing that
 * 64-bit mode keeps of it: stacks that the CPU changes to (interrupt stack table, Intel
 * SDM volume 3, section 6.14.5). It changes always, not only from ring 3, so a stack that
 * ran over can still be reported. A vector that strikes while its own stack is in use
 * would overwrite the frame there, hence a second one.
 */
#include "descriptor_tables.h"
#include "trap.h"

#define CODE_SELECTOR 0x08
#define TASK_SELECTOR 0x18
#define GATE_INTERRUPT 0x8e00 /* present, ring 0, 64-bit interrupt gate */
#define TASK_AVAILABLE 0x0000890000000000u

#define STUB_BYTES 16 /* trap_entry.S */

/* Stacks in the task state segment: a report must not run on the stack that broke, and
 * what can strike during a report needs one more. */
#define STACK_EXCEPTION 1
#define STACK_NESTED 2 /* the next: for NESTED_VECTORS */
#define STACK_SIZE 4096

#define NMI (1u << 2)
#define DOUBLE_FAULT (1u << 8)
#define MACHINE_CHECK (1u << 18)
#define NESTED_VECTORS ((uint64_t)(NMI | DOUBLE_FAULT | MACHINE_CHECK))

/* Intel SDM volume 3, figure 6-8 */
struct gate {
	uint64_t low, high;
};

struct __attribute__((packed)) task_state {
	uint32_t reserved0;
	uint64_t ring_stacks[3], reserved1, interrupt_stacks[7], reserved2;
	uint16_t reserved3, io_map;
};

_Static_assert(sizeof(struct task_state) == 104, "task state segment");

extern const char trap_stubs[]; /* one every STUB_BYTES */
extern uint64_t boot_gdt[];

static struct gate gates[TRAP_VECTORS];
static struct task_state task_state;
static char exception_stack[STACK_SIZE] __attribute__((aligned(16)));
static char nested_stack[STACK_SIZE] __attribute__((aligned(16)));

/* An interrupt gate clears IF: handlers are not interrupted. */
static void set_gate(unsigned vector, uint64_t entry)
{
	uint64_t stack = STACK_EXCEPTION + (NESTED_VECTORS >> vector & 1);
	gates[vector] = (struct gate){
		.low = (entry & 0xffff) | CODE_SELECTOR << 16 |
		       (GATE_INTERRUPT | stack) << 32 | (entry & 0xffff0000) << 32,
		.high = entry >> 32,
	};
}

/* The descriptor is 16 bytes in 64-bit mode, with its base in four pieces (Intel SDM
 * volume 3, "TSS Descriptor in 64-bit mode"). */
static void load_task_state(void)
{
	uintptr_t base = (uintptr_t)&task_state;
	task_state.interrupt_stacks[STACK_EXCEPTION - 1] =
		(uintptr_t)exception_stack + sizeof exception_stack;
	task_state.interrupt_stacks[STACK_NESTED - 1] =
		(uintptr_t)nested_stack + sizeof nested_stack;
	/* a map behind the segment's end: there is none */
	task_state.io_map = sizeof task_state;
	boot_gdt[TASK_SELECTOR / 8] = TASK_AVAILABLE | (sizeof task_state - 1) |
				      (base & 0xffffff) << 16 | (base >> 24 & 0xff) << 56;
	boot_gdt[TASK_SELECTOR / 8 + 1] = base >> 32;
	__asm__ volatile("ltr %w0" : : "r"(TASK_SELECTOR) : "memory");
}

void descriptor_tables_init(void)
{
	for (unsigned vector = 0; vector < TRAP_VECTORS; vector++)
		set_gate(vector, (uintptr_t)trap_stubs + vector * STUB_BYTES);
	struct __attribute__((packed)) {
		uint16_t limit;
		uint64_t base;
	} pointer = {sizeof gates - 1, (uintptr_t)gates};
	__asm__ volatile("lidt %0" : : "m"(pointer));
	load_task_state();
}
