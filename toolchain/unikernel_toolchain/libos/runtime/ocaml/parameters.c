/* SPDX-License-Identifier: ISC */
/* OCaml's run-time parameters, as far as a small guest needs other defaults.
 *
 * OCaml starts with a minor heap of 256 k words and a major heap of 124 k
 * words, 3 MB together. A guest gives 1/16 of its heap to the first and 1/32 to
 * the second, up to those sizes: from 32 MiB on they are OCaml's own. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unikernel.h>
#include "ocaml.h"

#define WORD sizeof(uintptr_t)
#define MINOR_WORDS_MIN ((size_t)4096)
#define MINOR_WORDS_MAX ((size_t)256 * 1024)
#define MAJOR_WORDS_MAX ((size_t)31 * 4096)

static size_t at_most(size_t n, size_t limit)
{
	return n < limit ? n : limit;
}

/* A power of two: the runtime's tables beside the minor heap are shares of it. */
static size_t minor_words(size_t heap_size)
{
	size_t wanted = at_most(heap_size / 16 / WORD, MINOR_WORDS_MAX);
	size_t words = MINOR_WORDS_MIN;

	while (2 * words <= wanted)
		words *= 2;
	return words;
}

static const char *users_parameters(void)
{
	const char *value = getenv("OCAMLRUNPARAM");

	if (!value)
		value = getenv("CAMLRUNPARAM");
	return value ? value : "";
}

void uk_ocaml_set_parameters(size_t heap_size)
{
	const char *users = users_parameters();
	size_t size = sizeof "b=1,s=,h=," + 2 * 20 + strlen(users);
	char *text = malloc(size);

	if (!text)
		uk_abort("no memory for OCaml's run-time parameters");
	snprintf(text, size, "b=1,s=%zu,h=%zu,%s", minor_words(heap_size),
		 at_most(heap_size / 32 / WORD, MAJOR_WORDS_MAX), users);
	setenv("OCAMLRUNPARAM", text, 1);
	free(text);
}
