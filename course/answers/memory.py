"""Answers to lab 3."""

from . import Answer

SCRIBBLE = """\
%%unikernel build scribble --lang c
#include <stdint.h>
#include <stdio.h>

__attribute__((noinline)) int answer(void)
{
        return 1;
}

int main(void)
{
        printf("answer is at %p\\n", (void *)(uintptr_t)answer);
        fflush(stdout);
        *(volatile unsigned char *)(uintptr_t)answer = 0xc3;
        printf("it returned %d\\n", answer());
        return 0;
}
"""
RUN = """\
%%unikernel build run --lang c
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The same six bytes twice: among the code, and among the variables. */
__asm__(".text\\nin_code: .byte 0xb8, 42, 0, 0, 0, 0xc3\\n");
extern const unsigned char in_code[6];
static unsigned char in_data[6] = { 0xb8, 42, 0, 0, 0, 0xc3 };

int main(int argc, char **argv)
{
        const char *where = argc > 1 ? argv[1] : "code";
        unsigned char on_stack[6];
        unsigned char *on_heap = malloc(sizeof in_data);
        const unsigned char *bytes = in_code;
        int (*function)(void);

        memcpy(on_stack, in_data, sizeof in_data);
        memcpy(on_heap, in_data, sizeof in_data);
        if (!strcmp(where, "data"))
                bytes = in_data;
        else if (!strcmp(where, "stack"))
                bytes = on_stack;
        else if (!strcmp(where, "heap"))
                bytes = on_heap;
        printf("%s: %p\\n", where, (const void *)bytes);
        fflush(stdout);
        function = (int (*)(void))(uintptr_t)bytes;
        printf("%d\\n", function());
        free(on_heap);
        return 0;
}
"""
DEEP = """\
%%unikernel build deep --lang c
#include <stdint.h>
#include <stdio.h>

static uintptr_t top;
static long said_kib;

__attribute__((noinline)) static int deeper(int n)
{
        volatile char frame[1024];
        long used_kib = (long)(top - (uintptr_t)frame) / 1024;

        frame[0] = 1;
        if (used_kib >= said_kib + 64) {
                said_kib += 64;
                printf("%ld\\n", said_kib);
                fflush(stdout);
        }
        return deeper(n + 1) + frame[0];
}

int main(void)
{
        volatile char here = 0;
        top = (uintptr_t)&here;
        return deeper(here);
}
"""
STACK_KIB = """\
lines = uk.machine("deep").console.text.splitlines()
stack_kib = max(int(line) for line in lines if line.isdecimal())
"""
TOTAL = """\
%%unikernel build total
let weight i = i * i mod 97

let rec sum total = function 0 -> total | n -> sum (total + weight n) (n - 1)

let start () =
  let upto = int_of_string Sys.argv.(1) in
  print_endline (string_of_int (sum 0 upto))
"""
OVERRUN = """\
%%unikernel build overrun --lang c
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv)
{
        if (argc != 3) {
                puts("usage: overrun SIZE WRITTEN");
                return 2;
        }
        size_t size = strtoul(argv[1], NULL, 10), written = strtoul(argv[2], NULL, 10);
        char *block = malloc(size);
        memset(block, 'x', written);
        puts("written");
        fflush(stdout);
        free(block);
        puts("freed");
        return 0;
}
"""
JOIN = """\
%%unikernel build join --lang c
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv)
{
        size_t length = 1;
        for (int i = 1; i < argc; i++)
                length += strlen(argv[i]) + 1;
        char *joined = malloc(length), *end = joined;
        for (int i = 1; i < argc; i++) {
                if (i > 1)
                        *end++ = ',';
                end = stpcpy(end, argv[i]);
        }
        *end = '\\0';
        puts(joined);
        free(joined);
        return 0;
}
"""
WHERE = """\
%%unikernel build where --lang c
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static int variable = 1;

int main(void)
{
        int local = variable;
        void *block = malloc(16);
        printf("code %p\\n", (void *)(uintptr_t)main);
        printf("data %p\\n", (void *)&variable);
        printf("stack %p\\n", (void *)&local);
        printf("heap %p\\n", block);
        free(block);
        return 0;
}
"""
PATCH = """\
%%unikernel build patch --lang c
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

__attribute__((noipa)) int answer(void)
{
        return 1;
}

int main(int argc, char **argv)
{
        uint32_t number = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 2;
        unsigned char code[6] = { 0xb8, 0, 0, 0, 0, 0xc3 };
        uintptr_t cr0;

        memcpy(code + 1, &number, sizeof number);
        puts("trying");
        fflush(stdout);
        __asm__ volatile("mov %%cr0, %0" : "=r"(cr0));
        __asm__ volatile("mov %0, %%cr0" : : "r"(cr0 & ~(1ul << 16)) : "memory");
        memcpy((void *)(uintptr_t)answer, code, sizeof code);
        __asm__ volatile("mov %0, %%cr0" : : "r"(cr0) : "memory");
        printf("%d\\n", answer());
        return 0;
}
"""

ANSWERS = {
    "ex-memory-1": Answer(
        SCRIBBLE,
        wrong={
            SCRIBBLE.replace("volatile unsigned char *)(uintptr_t)answer", "volatile char *)16"): (
                r"a write to its own code; its end: fault: page fault: write to unmapped"
            ),
            SCRIBBLE.replace(
                "        *(volatile unsigned char *)(uintptr_t)answer = 0xc3;\n",
                '        puts("fault: write to read-only page 0x400000 (.text)");\n',
            ): r"stopped for a write to its own code; its end: exited, status 0",
            SCRIBBLE.replace("char *)(uintptr_t)answer = ", "char *)(uintptr_t)main = "): (
                r"not to the first byte of answer"
            ),
        },
    ),
    "ex-memory-2": Answer(
        RUN,
        wrong={
            RUN.replace("bytes = on_heap", "bytes = on_stack"): (
                r"execution of bytes on a page of heap, for heap; its end: fault: .*\(stack\)"
            ),
            RUN.replace('printf("%d\\n", function());', "(void)function;"): (
                r"six bytes should be called"
            ),
            RUN.replace(
                "        function =",
                "        if (bytes == in_code)\n"
                '                return puts("42") < 0;\n'
                "        function =",
            ): (r"they were others, which return \d+"),
            RUN.replace("bytes = in_data", "bytes = other").replace(
                "\nint main", "\nstatic unsigned char other[6] = { 1 };\nint main"
            ): (r"it jumps to is not the six bytes"),
            RUN.replace('printf("%s: %p\\n", where, (const void *)bytes)', "puts(where)"): (
                r"should print first where the bytes are"
            ),
        },
    ),
    "ex-memory-3": Answer(
        DEEP,
        wrong={
            DEEP.replace("return deeper(n + 1) + frame[0]", "return n < 200 ? deeper(n + 1) : 0"): (
                r"stopped for a write below its stack; its end: exited"
            ),
            DEEP.replace("+ 64)", "+ 128)").replace("+= 64", "+= 128"): r"64, 128, 192 and so on",
        },
    ),
    "ex-memory-3b": Answer(
        STACK_KIB,
        wrong={
            "stack_kib = 64": r"stack_kib is 64, and the stack is not of that size",
            "stack_kib = None": r"stack_kib should be",
        },
    ),
    "ex-memory-4": Answer(
        TOTAL,
        wrong={
            TOTAL.replace("total + weight n", "total + n"): r"should say:\s+\d+",
            TOTAL.replace(
                "sum total = function 0 -> total | n -> sum (total + weight n) (n - 1)",
                "sum total = function 0 -> total | n -> weight n + sum total (n - 1)",
            ): r"it ran out of stack",
        },
    ),
    "ex-memory-5": Answer(
        OVERRUN,
        wrong={
            OVERRUN.replace("malloc(size)", "malloc(size + 8)"): (
                r"With \d+ bytes written to a block of \d+, it should be stopped"
            ),
            OVERRUN.replace('        puts("written");\n', ""): r"should say:\s+written\s+freed",
        },
    ),
    "ex-memory-5b": Answer(
        'noticed = "Free"', wrong={'noticed = "write"': r"noticed is 'write', and it was noticed"}
    ),
    "ex-memory-6": Answer(
        JOIN,
        wrong={
            JOIN.replace("length = 1", "length = 0"): r"without a word, its end: abort: heap",
            JOIN.replace("strlen(argv[i]) + 1", "strlen(argv[i])"): r"its end: abort: heap: over",
            JOIN.replace("length = 1", "length = 100"): r"one block of \d+ bytes with malloc",
            JOIN.replace("*joined = malloc(length)", "joined[1000]")
            .replace(", *end = joined", "; char *end = joined")
            .replace("free(joined)", "(void)length"): r"It took 0, together 0 bytes",
        },
    ),
    "ex-memory-7": Answer(
        WHERE,
        wrong={
            WHERE.replace('        printf("heap %p\\n", block);\n', ""): (
                r"a line with an address for heap"
            ),
            WHERE.replace("(uintptr_t)main", "0x200000"): r"says that code is at 0x200000",
            WHERE.replace("(void *)&local", "(void *)0x800000200000"): (
                r"where prints moves otherwise"
            ),
        },
    ),
    "ex-memory-7b": Answer(
        'moves = {"stack", "heap"}',
        wrong={
            'moves = {"code", "data", "stack", "heap"}': r"2 of 4 are right",
            'moves = {"stak"}': r"moves names what is not one of",
        },
    ),
    "ex-memory-8": Answer(
        PATCH,
        wrong={
            PATCH.replace("cr0 & ~(1ul << 16)", "cr0"): r"answer should return that number",
            PATCH.replace('printf("%d\\n", answer())', 'printf("%u\\n", number)').replace(
                "        memcpy((void", "        if (0) memcpy((void"
            ): (r"asked once more when main had returned, did not"),
            PATCH.replace('printf("%d\\n", answer())', 'printf("%u\\n", number)')
            .replace("__asm__ volatile", "if (0) __asm__ volatile")
            .replace("        memcpy((void", "        if (0) memcpy((void"): (
                r"stopped for what no process may do, on unix; its end: exited"
            ),
        },
    ),
}
