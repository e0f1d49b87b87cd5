/* SPDX-License-Identifier: ISC */
/* OCaml 5's run-time parameters, as far as a guest needs other ones.
 *
 * OCaml's own choice: up to 128 domains, whose minor heaps of 256 k words are reserved in
 * one piece, and OCaml stacks of up to 1 GiB. A guest has one processor, and so one
 * domain; its minor heap is at most 1/12 of its heap, each of its OCaml stacks 1/8.
 *
 * The runtime reads the user's OCAMLRUNPARAM over its own choice. What is still its
 * choice behind that becomes the guest's. Letters that mean nothing here, most of them
 * OCaml 4's, would be passed over without a word: who set them is told. */
#define CAML_INTERNALS
#include <caml/mlvalues.h>
#include <caml/config.h>
#include <caml/startup_aux.h>
#include <caml/version.h>
#include <stdio.h>
#include <string.h>
#include "../ocaml.h"
#include "ocaml5.h"

#define WORD sizeof(uintptr_t)
#define STACK_SHARE 8
#define WORD_SHOWN 40

static size_t heap_size;

void unikernel_ocaml_set_heap_size(size_t size)
{
	heap_size = size;
}

static const struct {
	char letter;
	const char *why;
} ignored[] = {
	{'a', "OCaml 5 has one allocation policy"},
	{'d', "a unikernel has one domain"},
	{'h', "OCaml 5's major heap begins empty"},
	{'H', "OCaml 5 knows no huge pages"},
	{'i', "OCaml 5's major heap grows by what it needs"},
	{'O', "OCaml 5 compacts when Gc.compact asks it to"},
	{'w', "OCaml 5 smooths the major heap's slices by itself"},
};

static const char *why_ignored(char letter)
{
	for (size_t i = 0; i < sizeof ignored / sizeof *ignored; i++)
		if (ignored[i].letter == letter)
			return ignored[i].why;
	return NULL;
}

/* A word is a letter and its value; words are parted by commas. */
static void say_what_is_ignored(const char *word)
{
	char line[160];

	while (*word) {
		const char *why = why_ignored(*word);
		int length = (int)strcspn(word, ",");
		if (why) {
			int size = snprintf(line, sizeof line,
					    "OCAMLRUNPARAM: %.*s is ignored: %s.\n",
					    length < WORD_SHOWN ? length : WORD_SHOWN,
					    word, why);
			unikernel_console_write(line, (size_t)size);
		}
		word += length;
		word += *word == ',';
	}
}

void __real_caml_parse_ocamlrunparam(void);
void __wrap_caml_parse_ocamlrunparam(void);

void __wrap_caml_parse_ocamlrunparam(void)
{
	/* Read only to those who come later. */
	struct caml_params *parameters = (struct caml_params *)caml_params;

	say_what_is_ignored(unikernel_ocaml_users_parameters());
	__real_caml_parse_ocamlrunparam();
#if OCAML_VERSION >= 50300
	parameters->max_domains = 1;
#endif
	if (parameters->init_minor_heap_wsz == Minor_heap_def)
		parameters->init_minor_heap_wsz = unikernel_ocaml_minor_words(heap_size);
	if (parameters->init_max_stack_wsz == Max_stack_def)
		parameters->init_max_stack_wsz = heap_size / STACK_SHARE / WORD;
}
