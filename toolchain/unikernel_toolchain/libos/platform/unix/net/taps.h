/* SPDX-License-Identifier: ISC */
/* taps.h: Linux's taps (Documentation/networking/tuntap.rst).
 *
 * What cannot be done refuses the boot variable `variable`. */
#ifndef TAPS_H
#define TAPS_H

#include <stdint.h>

/* Opens the tap whose name stands at `name`, up to a comma, blank or the end. */
int tap_open(const char *variable, const char *name);

/* Has a tap with IFF_VNET_HDR carry the header of unikernel.h. */
void tap_set_up(const char *variable, int descriptor);

/* Tells the kernel what received frames may be like: UNIKERNEL_NET_OFFERS_*. */
void tap_set_offers(int descriptor, uint32_t offers);

#endif
