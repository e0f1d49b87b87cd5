/* SPDX-License-Identifier: ISC */
typedef long value;
typedef struct {
	unsigned long young_limit;
} caml_domain_state;
extern caml_domain_state *Caml_state;
void caml_initialize(value *field, value initial);
