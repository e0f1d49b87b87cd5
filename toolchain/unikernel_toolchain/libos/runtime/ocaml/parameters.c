/* SPDX-License-Identifier: ISC */
/* OCaml's run-time parameters, as far as every release has them.
 *
 * Uncaught exceptions come with a backtrace unless the user's parameters have a `b`. */
#define CAML_INTERNALS
#include <caml/mlvalues.h>
#include <caml/backtrace.h>
#include <stdlib.h>
#include <string.h>
#include "ocaml.h"

#define WORD sizeof(uintptr_t)
#define MINOR_WORDS_MIN ((size_t)4096)
#define MINOR_WORDS_MAX ((size_t)256 * 1024) /* OCaml's own choice */
#define MINOR_SHARE 12

size_t unikernel_ocaml_minor_words(size_t heap_size)
{
	size_t words = MINOR_WORDS_MIN;

	while (2 * words <= heap_size / MINOR_SHARE / WORD && words < MINOR_WORDS_MAX)
		words *= 2;
	return words;
}

const char *unikernel_ocaml_users_parameters(void)
{
	const char *value = getenv("OCAMLRUNPARAM");

	if (!value)
		value = getenv("CAMLRUNPARAM");
	return value ? value : "";
}

static bool users_choose_backtraces(void)
{
	const char *word = unikernel_ocaml_users_parameters();

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
