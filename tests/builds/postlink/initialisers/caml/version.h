/* SPDX-License-Identifier: ISC */
/* In place of OCaml's headers, for either generation. */
#define OCAML_VERSION (OCAML * 10000)
