"""C that lab 3's checks compare with, or put around a student's program."""

# What `deep` is to find out: how far down a stack can be written to.
DEEP = """\
#include <stdint.h>
#include <stdio.h>
static uintptr_t top, said;
__attribute__((noipa)) int deeper(int n)
{
        volatile char frame[512];
        uintptr_t used = top - (uintptr_t)frame;
        frame[0] = 1;
        if (used >= said + 65536) {
                said += 65536;
                printf("%ld\\n", (long)(said / 1024));
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
# What `where` is to find out.
WHERE = """\
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
        return 0;
}
"""
# Around `join`: what it takes of the heap.
COUNTING = """\
#include <stdio.h>
#include <stdlib.h>
static size_t check_blocks, check_bytes, check_freed;
static void *check_malloc(size_t bytes)
{
        check_blocks++;
        check_bytes += bytes;
        return malloc(bytes);
}
static void check_free(void *block)
{
        check_freed += block != NULL;
        free(block);
}
#define malloc check_malloc
#define free check_free
"""
_MAIN = """\
int main(int argc, char **argv)
{
        int status = ((int (*)(int, char **))(uintptr_t)student_main)(argc, argv);
"""
COUNTED = f"""\
#include <stdint.h>
{_MAIN}
        printf("\\n%zu blocks, %zu bytes, %zu freed\\n", check_blocks, check_bytes, check_freed);
        return status;
}}
"""
# After `patch`: whether its function was changed.
ASKING = f"""\
#include <stdint.h>
#include <stdio.h>
{_MAIN}
        int (*volatile again)(void) = answer;
        printf("answer: %d\\n", again());
        return status;
}}
"""
