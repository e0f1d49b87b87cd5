/* SPDX-License-Identifier: ISC */
#define _GNU_SOURCE
#include "ends.h"
#include <arpa/inet.h>
#include <err.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define BUFFER_BYTES (8 << 20) /* of frames that wait to be read */

static int this_namespace(void)
{
	int space = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (space < 0)
		err(1, "/proc/self/ns/net");
	return space;
}

static void enter(int space)
{
	if (setns(space, CLONE_NEWNET) < 0)
		err(1, "setns");
}

/* Without offloads the kernel hands over frames as they go over a wire. */
static int open_tap(const char *interface)
{
	struct ifreq request = {.ifr_flags = IFF_TAP | IFF_NO_PI};
	int tap = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (tap < 0)
		err(1, "/dev/net/tun");
	snprintf(request.ifr_name, IFNAMSIZ, "%s", interface);
	if (ioctl(tap, TUNSETIFF, &request) < 0 || ioctl(tap, TUNSETOFFLOAD, 0) < 0)
		err(1, "tap %s", interface);
	return tap;
}

int end_in_new_namespace(const char *interface, int *space)
{
	int original = this_namespace();
	if (unshare(CLONE_NEWNET) < 0)
		err(1, "unshare");
	*space = this_namespace();
	int tap = open_tap(interface);
	enter(original);
	close(original);
	return tap;
}

static void set(int end, int option, int value)
{
	if (setsockopt(end, SOL_PACKET, option, &value, sizeof value) < 0)
		err(1, "packet socket option %d", option);
}

int end_at_interface(const char *interface)
{
	struct sockaddr_ll address = {.sll_family = AF_PACKET,
				      .sll_protocol = htons(ETH_P_ALL),
				      .sll_ifindex = (int)if_nametoindex(interface)};
	int bytes = BUFFER_BYTES;
	int end = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (end < 0)
		err(1, "packet socket");
	set(end, PACKET_IGNORE_OUTGOING, 1);
	set(end, PACKET_QDISC_BYPASS, 1);
	if (setsockopt(end, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes) < 0 ||
	    bind(end, (struct sockaddr *)&address, sizeof address) < 0)
		err(1, "%s", interface);
	return end;
}
