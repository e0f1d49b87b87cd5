/* SPDX-License-Identifier: ISC */
/* offered.h: what applications get of the platform besides unikernel.h, because a
 * compiler calls it unasked. Their own definitions win, for them; see private_names.py.
 */
#ifndef OFFERED_H
#define OFFERED_H

#define OFFERED(name)                                                                    \
	extern __typeof__(name) offered_##name                                           \
		__attribute__((weak, alias(#name), copy(name)))

#endif
