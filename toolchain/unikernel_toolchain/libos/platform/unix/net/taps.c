/* SPDX-License-Identifier: ISC */
/* Before the sandbox closes: opening a tap and making it ready. Afterwards only the
 * offers can change (TUNSETOFFLOAD), as they depend on what the guest asks for.
 */
#include "taps.h"
#include "common/memory_functions.h"
#include "unikernel.h"
#include "unix/cmdline.h"
#include "unix/linux/descriptors.h"
#include "unix/linux/system_calls.h"
#include "unix/linux/tun.h"

#define O_RDWR 2
#define INTERFACE_NAME_SIZE 16

/* struct ifreq */
struct interface_request {
	char name[INTERFACE_NAME_SIZE];
	uint16_t flags;
	char unused[22];
};

static void copy_name(const char *variable, char to[INTERFACE_NAME_SIZE],
		      const char *name)
{
	unsigned length = 0;
	while (name[length] && name[length] != ' ' && name[length] != ',')
		length++;
	if (length == 0 || length >= INTERFACE_NAME_SIZE)
		cmdline_refuse("%s: the name of a tap has 1 to %u characters", variable,
			       (uint64_t)INTERFACE_NAME_SIZE - 1);
	memcpy(to, name, length);
}

int tap_open(const char *variable, const char *name)
{
	struct interface_request request = {.flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR};
	copy_name(variable, request.name, name);
	long descriptor = system_call_3(SYS_OPEN, (uintptr_t) "/dev/net/tun", O_RDWR, 0);
	if (descriptor < 0)
		cmdline_refuse(
			"%s: /dev/net/tun cannot be opened (error %u): is it there, "
			"and yours to open?",
			variable, (uint64_t)-descriptor);
	descriptor = descriptor_above_standard((int)descriptor);
	long result = system_ioctl((int)descriptor, TUNSETIFF, (uintptr_t)&request);
	if (result < 0)
		cmdline_refuse(
			"%s: the tap %s cannot be had (error %u): is it another's, or "
			"in use?",
			variable, request.name, (uint64_t)-result);
	return (int)descriptor;
}

void tap_set_up(const char *variable, int descriptor)
{
	struct interface_request request = {0};
	uint32_t header_size = sizeof(struct unikernel_net_header);
	if (system_ioctl(descriptor, TUNGETIFF, (uintptr_t)&request) < 0 ||
	    !(request.flags & IFF_TAP) || !(request.flags & IFF_VNET_HDR))
		cmdline_refuse("%s: descriptor %u is no tap with IFF_VNET_HDR", variable,
			       (uint64_t)descriptor);
	if (system_ioctl(descriptor, TUNSETVNETHDRSZ, (uintptr_t)&header_size) < 0)
		cmdline_refuse("%s: the tap takes no header of 12 bytes", variable);
}

void tap_set_offers(int descriptor, uint32_t offers)
{
	unsigned long flags = 0;
	if (offers & UNIKERNEL_NET_OFFERS_VERIFICATION)
		flags |= TUN_F_CSUM;
	if (offers & UNIKERNEL_NET_OFFERS_COALESCING)
		flags |= TUN_F_TSO4 | TUN_F_TSO6;
	system_ioctl(descriptor, TUNSETOFFLOAD, flags);
}
