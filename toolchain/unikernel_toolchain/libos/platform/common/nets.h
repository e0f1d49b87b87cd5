/* SPDX-License-Identifier: ISC */
/* nets.h: what the network devices of all targets have in common. */
#ifndef NETS_H
#define NETS_H

#include <stdint.h>

#include "unikernel.h"

#define NETS_MAX 8
#define NET_FIRST_HANDLE 1 /* device n has handle 1 + n; 0 is the console's */
#define NET_MTU_DEFAULT 1500
#define NET_MAC_SIZE 6
#define NET_FRAME_MIN 14 /* an Ethernet header */

/* Target: readies device number `index`, which is not taken; UNIKERNEL_EUNSPEC when it is
 * not there or cannot be driven. */
unikernel_result_t platform_net_open(unsigned index, uint32_t offers,
				     struct unikernel_net_info *info);

/* A random address of one station, given locally. */
void net_random_mac(uint8_t mac[NET_MAC_SIZE]);

/* Bytes of the longest frame that a device may receive. */
uint32_t net_frame_max(const struct unikernel_net_info *info);

#endif
