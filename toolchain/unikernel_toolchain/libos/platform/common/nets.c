/* SPDX-License-Identifier: ISC */
/* Network devices by name. */
#include "nets.h"
#include "device_names.h"

#define VLAN_TAG 4
#define COALESCED_FRAME_MAX 65550 /* virtio 1.1, section 5.1.6.3.1 */

static bool taken[NETS_MAX];

/* No segmentation without checksums: virtio 1.1, section 5.1.3.1. */
static uint32_t consistent(uint32_t offers)
{
	if (!(offers & UNIKERNEL_NET_OFFERS_CHECKSUM))
		offers &= ~(UNIKERNEL_NET_OFFERS_SEGMENTATION4 |
			    UNIKERNEL_NET_OFFERS_SEGMENTATION6);
	if (!(offers & UNIKERNEL_NET_OFFERS_VERIFICATION))
		offers &= ~UNIKERNEL_NET_OFFERS_COALESCING;
	return offers & UNIKERNEL_NET_OFFERS_ALL;
}

void net_random_mac(uint8_t mac[NET_MAC_SIZE])
{
	unikernel_entropy(mac, NET_MAC_SIZE);
	mac[0] = (uint8_t)((mac[0] & 0xfe) | 0x02);
}

uint32_t net_frame_max(const struct unikernel_net_info *info)
{
	return info->offers & UNIKERNEL_NET_OFFERS_COALESCING
		       ? COALESCED_FRAME_MAX
		       : info->mtu + NET_FRAME_MIN + VLAN_TAG;
}

unikernel_result_t unikernel_net_acquire(const char *name, uint32_t offers,
					 unsigned *handle,
					 struct unikernel_net_info *info)
{
	unsigned index = device_position("UNIKERNEL_NET", name, taken, NETS_MAX);
	if (index == NOT_IN_LIST)
		return UNIKERNEL_EINVAL;
	unikernel_result_t r =
		index < NETS_MAX ? platform_net_open(index, consistent(offers), info)
				 : UNIKERNEL_EUNSPEC;
	if (r == UNIKERNEL_OK) {
		taken[index] = true;
		*handle = NET_FIRST_HANDLE + index;
	}
	return r;
}
