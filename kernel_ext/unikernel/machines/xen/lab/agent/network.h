/* Dom0's network interfaces and bridges: netdevice(7), and Linux's if_bridge.h. */
#ifndef NETWORK_H
#define NETWORK_H

#include <stdbool.h>

/* Each returns false with errno when the kernel refuses. */
bool bridge_add(const char *bridge);
bool bridge_remove(const char *bridge);
bool bridge_join(const char *bridge, const char *interface);
bool interface_up(const char *interface, bool up);

/* Gives an interface the largest frame of another. */
bool interface_copy_mtu(const char *from, const char *to);
bool interface_set_mtu(const char *interface, int mtu);

#endif
