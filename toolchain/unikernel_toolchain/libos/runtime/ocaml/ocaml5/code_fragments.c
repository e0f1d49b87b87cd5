/* SPDX-License-Identifier: ISC */
/* Where code lies: marshalling a closure asks, and reading it back.
 *
 * The runtime keeps code that comes and goes by dynlink in two skip lists that domains
 * read without locks. A guest has what its start registers, two pieces, in one list.
 * Digests are made by the runtime, when they are asked for. */
#define CAML_INTERNALS
#include <caml/mlvalues.h>
#include <caml/codefrag.h>
#include <caml/memory.h>
#include <string.h>
#include "../ocaml.h"

struct piece {
	struct code_fragment fragment;
	struct piece *next;
};

static struct piece *pieces;

void __wrap_caml_init_codefrag(void);
SAME_TYPE(caml_init_codefrag);
int __wrap_caml_register_code_fragment(char *start, char *end, enum digest_status kind,
				       unsigned char *digest);
SAME_TYPE(caml_register_code_fragment);
void __wrap_caml_remove_code_fragment(struct code_fragment *fragment);
SAME_TYPE(caml_remove_code_fragment);
struct code_fragment *__wrap_caml_find_code_fragment_by_pc(char *place);
SAME_TYPE(caml_find_code_fragment_by_pc);
struct code_fragment *__wrap_caml_find_code_fragment_by_num(int number);
SAME_TYPE(caml_find_code_fragment_by_num);
struct code_fragment *__wrap_caml_find_code_fragment_by_digest(unsigned char digest[16]);
SAME_TYPE(caml_find_code_fragment_by_digest);

void __wrap_caml_init_codefrag(void)
{
}

int __wrap_caml_register_code_fragment(char *start, char *end, enum digest_status kind,
				       unsigned char *digest)
{
	static int number;
	struct piece *piece = caml_stat_alloc(sizeof *piece);

	piece->fragment.code_start = start;
	piece->fragment.code_end = end;
	piece->fragment.fragnum = ++number;
	/* A digest that is wanted now can be made later: code does not change. */
	piece->fragment.digest_status = kind == DIGEST_NOW ? DIGEST_LATER : kind;
	if (kind == DIGEST_PROVIDED)
		memcpy(piece->fragment.digest, digest, sizeof piece->fragment.digest);
	caml_plat_mutex_init(&piece->fragment.mutex);
	piece->next = pieces;
	pieces = piece;
	return number;
}

void __wrap_caml_remove_code_fragment(struct code_fragment *fragment)
{
	struct piece **place = &pieces;

	while (*place && &(*place)->fragment != fragment)
		place = &(*place)->next;
	struct piece *removed = *place;
	if (removed)
		*place = removed->next;
	caml_stat_free(removed);
}

struct code_fragment *__wrap_caml_find_code_fragment_by_pc(char *place)
{
	struct piece *piece = pieces;

	while (piece &&
	       (place < piece->fragment.code_start || place >= piece->fragment.code_end))
		piece = piece->next;
	return piece ? &piece->fragment : NULL;
}

struct code_fragment *__wrap_caml_find_code_fragment_by_num(int number)
{
	struct piece *piece = pieces;

	while (piece && piece->fragment.fragnum != number)
		piece = piece->next;
	return piece ? &piece->fragment : NULL;
}

static bool has_digest(struct code_fragment *fragment, const unsigned char digest[16])
{
	const unsigned char *its = caml_digest_of_code_fragment(fragment);

	return its && !memcmp(its, digest, sizeof fragment->digest);
}

struct code_fragment *__wrap_caml_find_code_fragment_by_digest(unsigned char digest[16])
{
	struct piece *piece = pieces;

	while (piece && !has_digest(&piece->fragment, digest))
		piece = piece->next;
	return piece ? &piece->fragment : NULL;
}

/* Removed pieces are gone at once. Later releases have the second name. */
void __wrap_caml_code_fragment_cleanup(void);
void __wrap_caml_code_fragment_cleanup_from_stw_single(void);

void __wrap_caml_code_fragment_cleanup(void)
{
}

void __wrap_caml_code_fragment_cleanup_from_stw_single(void)
{
}
