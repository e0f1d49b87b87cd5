/* SPDX-License-Identifier: ISC */
/* tun.h: Linux's taps (include/uapi/linux/if_tun.h). */
#ifndef TUN_H
#define TUN_H

#define TUNSETIFF 0x400454ca
#define TUNSETOFFLOAD 0x400454d0
#define TUNGETIFF 0x800454d2
#define TUNSETVNETHDRSZ 0x400454d8

#define IFF_TAP 0x0002
#define IFF_NO_PI 0x1000
#define IFF_VNET_HDR 0x4000

#define TUN_F_CSUM 1
#define TUN_F_TSO4 2
#define TUN_F_TSO6 4

#endif
