/* SPDX-License-Identifier: ISC */
/* The C library above the system surface: what programs most often ask of it. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static _Thread_local int initialised = 42;
static _Thread_local long zeroed[4];
static int failures, constructed;

__attribute__((constructor)) static void construct(void)
{
	constructed = 1;
}

static void check(const char *what, int passed)
{
	if (passed)
		return;
	failures++;
	printf("FAILED %s\n", what);
}

/* The names by which archives that are compiled against glibc 2.38 or later call. */
long __isoc23_strtol(const char *, char **, int);
long long __isoc23_strtoll(const char *, char **, int);
unsigned long __isoc23_strtoul(const char *, char **, int);
unsigned long long __isoc23_strtoull(const char *, char **, int);
int __isoc23_sscanf(const char *, const char *, ...);

static void check_glibc_names(void)
{
	char *end;
	unsigned n = 0;

	check("strtol", __isoc23_strtol("-12x", &end, 10) == -12 && *end == 'x');
	check("strtoll", __isoc23_strtoll("-0x1f", NULL, 0) == -31);
	check("strtoul", __isoc23_strtoul("777", NULL, 8) == 511);
	check("strtoull", __isoc23_strtoull("18446744073709551615", NULL, 10) == ~0ULL);
	check("old sscanf", __isoc23_sscanf("=7", "=%u", &n) == 1 && n == 7);
}

static void check_numbers(void)
{
	char text[64];
	char *end;
	int n = 0;

	snprintf(text, sizeof text, "%g %.3f %e %s %zu", 3.25, M_PI, 1e300, "text",
		 (size_t)7);
	check("printf", !strcmp(text, "3.25 3.142 1.000000e+300 text 7"));
	check("strtod", strtod("2.5e3xyz", &end) == 2500 && !strcmp(end, "xyz"));
	check("sscanf", sscanf("12 abc", "%d %8s", &n, text) == 2 && n == 12);
	check("strtol", strtol("99999999999999999999", NULL, 10) && errno == ERANGE);
}

static void check_memory(void)
{
	char *block = malloc(1000);

	memset(block, 1, 1000);
	block = realloc(block, 100000);
	check("realloc", block[0] == 1 && block[999] == 1);
	free(block);
	check("calloc", !calloc(SIZE_MAX / 2, 3) && errno == ENOMEM);
	check("alignment", (uintptr_t)aligned_alloc(256, 512) % 256 == 0);
	check("too much", !malloc((size_t)1 << 40));
}

static void check_files(void)
{
	unsigned char random[16] = {0}, none[16] = {0};
	FILE *entropy;

	errno = 0;
	check("fopen", !fopen("/nowhere", "r") && errno == ENOENT);
	check("isatty", isatty(1) && !isatty(9));
	check("access", access("/", F_OK) == -1);
	entropy = fmemopen(random, sizeof random, "w");
	check("fmemopen", entropy && fputs("text", entropy) >= 0 && !fclose(entropy));
	check("getentropy",
	      !getentropy(random, sizeof random) && memcmp(random, none, 16));
}

static void check_time(void)
{
	struct timespec before, after, pause = {.tv_nsec = 5000000};
	time_t now = time(NULL);

	clock_gettime(CLOCK_MONOTONIC, &before);
	nanosleep(&pause, NULL);
	usleep(1000);
	clock_gettime(CLOCK_MONOTONIC, &after);
	double passed_s = (double)(after.tv_sec - before.tv_sec) +
			  (double)(after.tv_nsec - before.tv_nsec) / 1e9;
	check("sleep", passed_s >= 0.006 && passed_s < 2);
	check("localtime", localtime(&now)->tm_year > 120);
}

static void check_process(int argc, char **argv)
{
	jmp_buf here;

	check("argv", argc == 3 && !strcmp(argv[2], "two words") && !argv[3]);
	check("getenv", !strcmp(getenv("GREETING"), "hello") && !getenv("NOTHING"));
	check("constructor", constructed);
	check("thread-local", initialised == 42 && zeroed[3] == 0);
	check("sysconf", sysconf(_SC_PAGESIZE) == 4096 && sysconf(_SC_OPEN_MAX) == -1L);
	check("system", !system(NULL));
	if (!setjmp(here))
		longjmp(here, 1);
}

static void say_at_exit(void)
{
	printf("at exit\nunflushed");
}

int main(int argc, char **argv)
{
	char name[20];
	int age;
	float size;

	check_numbers();
	check_glibc_names();
	check_memory();
	check_files();
	check_time();
	check_process(argc, argv);
	puts("type");
	if (fgets(name, sizeof name, stdin) && scanf("%d %f", &age, &size) == 2)
		printf("typed %.3s %d %g\n", name, age, size);
	if (!failures)
		puts("all passed");
	atexit(say_at_exit);
	return 9;
}
