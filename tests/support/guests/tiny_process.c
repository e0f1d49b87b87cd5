/* SPDX-License-Identifier: ISC */
/* What the guests of tiny_process.py share: the base's side of a process, at its
 * smallest. GUEST is the program, EXTRA_MEMORY bytes that it takes. */
#include <stddef.h>
#include <stdint.h>

enum { READ = 0, WRITE = 1, RT_SIGACTION = 13, PAUSE = 34, GETPID = 39, KILL = 62 };
enum { GETPPID = 110, PRCTL = 157, CLOCK_GETTIME = 228, EXIT_GROUP = 231 };
enum { CLOCK_MONOTONIC = 1, PR_SET_PDEATHSIG = 1, SIGKILL = 9, SIGSTOP = 19 };

char extra_memory[EXTRA_MEMORY + 1];
static int trace_descriptor = -1;

static long call(long number, long first, long second, long third)
{
	register long fourth __asm__("r10") = 8; /* bytes of rt_sigaction's mask */
	__asm__ volatile("syscall"
			 : "+a"(number)
			 : "D"(first), "S"(second), "d"(third), "r"(fourth)
			 : "rcx", "r11", "memory");
	return number;
}

static size_t length_of(const char *text)
{
	size_t length = 0;
	while (text[length])
		length++;
	return length;
}

static void out(int descriptor, const void *bytes, size_t size)
{
	call(WRITE, descriptor, (long)bytes, (long)size);
}

static void say(const char *text)
{
	out(1, text, length_of(text));
}

static __attribute__((noreturn)) void leave(int status)
{
	for (;;)
		call(EXIT_GROUP, status, 0, 0);
}

static __attribute__((unused)) void refuse(const char *sentence)
{
	out(2, sentence, length_of(sentence));
	leave(64);
}

static __attribute__((unused)) void ignore(int number)
{
	uintptr_t action[4] = {1 /* SIG_IGN */};
	call(RT_SIGACTION, number, (long)action, 0);
}

static __attribute__((unused)) void echo(void)
{
	char byte;
	while (call(READ, 0, (long)&byte, 1) == 1)
		out(1, &byte, 1);
	call(PAUSE, 0, 0, 0);
}

static __attribute__((unused)) void stamp(uint8_t milestone)
{
	struct __attribute__((packed)) {
		uint8_t clock, hz[8], tag, milestone;
		uint64_t ns;
	} record = {'H', {0x00, 0xca, 0x9a, 0x3b}, 'T', milestone, 0};
	int64_t now[2];
	call(CLOCK_GETTIME, CLOCK_MONOTONIC, (long)now, 0);
	record.ns = (uint64_t)(now[0] * 1000000000 + now[1]);
	out(trace_descriptor, &record, sizeof record);
}

static __attribute__((unused)) void trace_ending(uint8_t kind, int32_t status,
						 const char *words)
{
	struct __attribute__((packed)) {
		uint8_t tag, kind;
		int32_t status;
	} end = {'X', kind, status};
	struct __attribute__((packed)) {
		uint8_t tag;
		uint16_t length;
	} last_words = {'M', (uint16_t)length_of(words)};
	if (*words) {
		out(trace_descriptor, &last_words, sizeof last_words);
		out(trace_descriptor, words, last_words.length);
	}
	out(trace_descriptor, &end, sizeof end);
}

/* The number that a boot variable has, behind a word if there is one ("file:7");
 * `otherwise` when it is not there.
 */
static int variable(const char *words, const char *name, int otherwise)
{
	size_t length = length_of(name);
	for (; *words; words++) {
		size_t same = 0;
		while (same < length && words[same] == name[same])
			same++;
		if (same < length || words[same] != '=')
			continue;
		int value = 0;
		for (words += length + 1; *words >= ':' && *words <= 'z'; words++)
			;
		for (; *words >= '0' && *words <= '9'; words++)
			value = 10 * value + (*words - '0');
		return value;
	}
	return otherwise;
}

__attribute__((noreturn, used)) void start(uintptr_t *stack)
{
	const char *words = stack[0] > 1 ? (const char *)stack[2] : "";
	int parent = variable(words, "UNIKERNEL_PARENT", 0);
	trace_descriptor = variable(words, "UNIKERNEL_TRACE", -1);
	if (parent)
		call(PRCTL, PR_SET_PDEATHSIG, SIGKILL, 0);
	if (parent && call(GETPPID, 0, 0, 0) != parent)
		leave(64);
	if (variable(words, "UNIKERNEL_STOPPED", 0))
		call(KILL, call(GETPID, 0, 0, 0), SIGSTOP, 0);
	GUEST;
	leave(0);
}

__asm__(".globl _start\n"
	"_start: mov %rsp, %rdi\n"
	"	and $-16, %rsp\n"
	"	call start\n");
