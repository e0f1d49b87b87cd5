#include "network.h"

#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* Linux's include/uapi/linux/sockios.h, which the C library does not bring. */
#ifndef SIOCBRADDBR
enum { SIOCBRADDBR = 0x89a0, SIOCBRDELBR = 0x89a1, SIOCBRADDIF = 0x89a2 };
#endif

static int any_socket(void)
{
	static int any = -1; /* only says that interfaces are meant */
	if (any < 0)
		any = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	return any;
}

static struct ifreq request(const char *interface)
{
	struct ifreq about = {0};
	strncpy(about.ifr_name, interface, IFNAMSIZ - 1);
	return about;
}

bool bridge_add(const char *bridge)
{
	return !ioctl(any_socket(), SIOCBRADDBR, bridge);
}

bool bridge_remove(const char *bridge)
{
	return !ioctl(any_socket(), SIOCBRDELBR, bridge);
}

bool bridge_join(const char *bridge, const char *interface)
{
	struct ifreq about = request(bridge);
	about.ifr_ifindex = (int)if_nametoindex(interface);
	return about.ifr_ifindex && !ioctl(any_socket(), SIOCBRADDIF, &about);
}

bool interface_up(const char *interface, bool up)
{
	struct ifreq about = request(interface);
	if (ioctl(any_socket(), SIOCGIFFLAGS, &about))
		return false;
	about.ifr_flags =
		(short)(up ? about.ifr_flags | IFF_UP : about.ifr_flags & ~IFF_UP);
	return !ioctl(any_socket(), SIOCSIFFLAGS, &about);
}

bool interface_set_mtu(const char *interface, int mtu)
{
	struct ifreq about = request(interface);
	about.ifr_mtu = mtu;
	return !ioctl(any_socket(), SIOCSIFMTU, &about);
}

bool interface_copy_mtu(const char *from, const char *to)
{
	struct ifreq about = request(from);
	return !ioctl(any_socket(), SIOCGIFMTU, &about) &&
	       interface_set_mtu(to, about.ifr_mtu);
}
