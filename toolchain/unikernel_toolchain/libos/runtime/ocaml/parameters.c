/* SPDX-License-Identifier: ISC */
/* OCaml's run-time parameters, as far as a guest needs other defaults.
 *
 * OCaml starts with a minor heap of 256 k words and a major heap of 124 k words, 3 MB
 * together. A guest gives at most 1/12 of its heap to the first and 1/24 to the second:
 * with 24 MiB of heap and more that is OCaml's own choice. The user's OCAMLRUNPARAM,
 * which the runtime reads later, wins.
 *
 * Uncaught exceptions come with a backtrace unless the user's parameters have a `b`. */
#define CAML_INTERNALS
#include <caml/backtrace.h>
#include <caml/startup_aux.h>
#include <stdlib.h>
#include <string.h>
#include <unikernel.h>
#include "ocaml.h"

#define WORD sizeof(uintptr_t)
#define MINOR_WORDS_MIN ((size_t)4096)
#define MINOR_WORDS_MAX ((size_t)256 * 1024)
#define MAJOR_WORDS_MAX ((size_t)31 * 4096)
#define MINOR_SHARE 12
#define MAJOR_SHARE 24
#define HEAP_ROOMY (MINOR_SHARE * WORD * MINOR_WORDS_MAX) /* for both */

_Static_assert(HEAP_ROOMY >= MAJOR_SHARE * WORD * MAJOR_WORDS_MAX, "roomy for both");

/* A power of two: the runtime's tables beside the minor heap are shares of it. */
static size_t minor_words(size_t heap_size)
{
	size_t words = MINOR_WORDS_MIN;

	while (2 * words <= heap_size / MINOR_SHARE / WORD && words < MINOR_WORDS_MAX)
		words *= 2;
	return words;
}

static size_t major_words(size_t heap_size)
{
	size_t words = heap_size / MAJOR_SHARE / WORD;

	return words < MAJOR_WORDS_MAX ? words : MAJOR_WORDS_MAX;
}

void unikernel_ocaml_set_heap_sizes(size_t heap_size)
{
	if (heap_size >= HEAP_ROOMY)
		return;
	caml_init_minor_heap_wsz = minor_words(heap_size);
	caml_init_heap_wsz = major_words(heap_size);
}

static const char *users_parameters(void)
{
	const char *value = getenv("OCAMLRUNPARAM");

	if (!value)
		value = getenv("CAMLRUNPARAM");
	return value ? value : "";
}

static bool users_choose_backtraces(void)
{
	const char *word = users_parameters();

	while (*word && *word != 'b') {
		word += strcspn(word, ",");
		word += *word == ',';
	}
	return *word == 'b';
}

void unikernel_ocaml_enable_backtraces(void)
{
	if (!users_choose_backtraces())
		caml_record_backtraces(1);
}
