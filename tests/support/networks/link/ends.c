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

/* It outlives this descriptor, for the guest's to come. */
static void make_tap(const char *interface)
{
	int tap = open_tap(interface);
	if (ioctl(tap, TUNSETPERSIST, 1) < 0)
		err(1, "tap %s", interface);
	close(tap);
}

/* The host has no part in what the guest says: no IPv6 address comes by itself. */
static void start(const char *interface)
{
	char path[64];
	struct ifreq request = {.ifr_flags = IFF_UP};
	int control = socket(AF_INET, SOCK_DGRAM, 0);
	snprintf(path, sizeof path, "/proc/sys/net/ipv6/conf/%s/disable_ipv6", interface);
	int file = open(path, O_WRONLY);
	if (file >= 0 && write(file, "1", 1) < 0)
		err(1, "%s", path);
	snprintf(request.ifr_name, IFNAMSIZ, "%s", interface);
	if (ioctl(control, SIOCSIFFLAGS, &request) < 0)
		err(1, "%s", interface);
	close(file);
	close(control);
}

static int packets_of(const char *interface)
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

int end_at_new_interface(const char *interface)
{
	make_tap(interface);
	start(interface);
	return packets_of(interface);
}

_Noreturn void end_of_interface(const char *interface)
{
	execlp("ip", "ip", "link", "delete", interface, (char *)NULL);
	err(1, "ip");
}
