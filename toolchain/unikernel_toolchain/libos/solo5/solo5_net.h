/* SPDX-License-Identifier: ISC */
#ifndef SOLO5_NET_H
#define SOLO5_NET_H

#include "solo5.h"

/* Waits until an acquired network device has input or the deadline has come; returns
 * Solo5's handles of those with input. */
solo5_handle_set_t solo5_net_wait(solo5_time_t deadline);

#endif
