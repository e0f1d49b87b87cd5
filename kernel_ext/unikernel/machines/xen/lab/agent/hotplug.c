/* Devices that come and go: the lab's own, and the back ends of guests', for which xl
   runs us in place of the scripts in tools/hotplug/Linux, each of which needs a dozen
   programs. */
#include "tools.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "network.h"
#include "xenstore.h"

/* Frames pass as they come: nothing is learned of groups first. */
static bool forget_groups(const char *bridge)
{
	char path[PATH_MAX];
	snprintf(path, sizeof path, "/sys/class/net/%s/bridge/multicast_snooping",
		 bridge);
	int file = open(path, O_WRONLY | O_CLOEXEC);
	bool written = file >= 0 && write(file, "0", 1) == 1;
	close(file);
	return written;
}

int tool_plug(char **words)
{
	const char *bridge = words[0], *pattern = words[2];
	int mtu = atoi(words[1]);
	char path[PATH_MAX];
	if (!await_file(pattern, atol(words[3]), path, sizeof path))
		return failed(pattern);
	const char *interface = basename(path);
	/* Both are up before they are joined: a port that comes up later begins to pass
	   frames up to a second after that. */
	if (!bridge_add(bridge) || !forget_groups(bridge) ||
	    !interface_set_mtu(interface, mtu) || !interface_set_mtu(bridge, mtu) ||
	    !interface_up(interface, true) || !interface_up(bridge, true) ||
	    !bridge_join(bridge, interface))
		return failed(bridge);
	puts(interface);
	return 0;
}

int tool_unplug(char **words)
{
	if (!interface_up(words[0], false) || !bridge_remove(words[0]))
		return failed(words[0]);
	return 0;
}

/* The back end's place in xenstore, with which xl calls us, and our connection there. */
struct back_end {
	int store;
	const char *place;
};

static bool read_key(const struct back_end *end, const char *key, char *value,
		     size_t size)
{
	char path[PATH_MAX];
	snprintf(path, sizeof path, "%s/%s", end->place, key);
	return xenstore_read(end->store, path, value, size);
}

static bool write_key(const struct back_end *end, const char *key, const char *value)
{
	char path[PATH_MAX];
	snprintf(path, sizeof path, "%s/%s", end->place, key);
	return xenstore_write(end->store, path, value);
}

static struct back_end called_for(void)
{
	const char *place = getenv("XENBUS_PATH");
	return (struct back_end){.store = place ? xenstore_connect() : -1,
				 .place = place};
}

/* Has xl say what failed. */
static int refuse(const struct back_end *end, const char *what)
{
	char text[PATH_MAX];
	snprintf(text, sizeof text, "%s: %s", what, strerror(errno));
	write_key(end, "hotplug-error", text);
	write_key(end, "hotplug-status", "error");
	return failed(what);
}

int tool_vif(char **words)
{
	if (strcmp(words[0], "online") != 0)
		return 0; /* with its back end the interface goes by itself */
	struct back_end end = called_for();
	const char *vif = getenv("vif");
	char bridge[256];
	if (end.store < 0 || !vif || !read_key(&end, "bridge", bridge, sizeof bridge))
		return failed("the bridge of an interface");
	if (!interface_copy_mtu(bridge, vif) || !bridge_join(bridge, vif) ||
	    !interface_up(vif, true))
		return refuse(&end, vif);
	return write_key(&end, "hotplug-status", "connected") ? 0 : failed(vif);
}

int tool_block(char **words)
{
	if (strcmp(words[0], "add") != 0)
		return 0;
	struct back_end end = called_for();
	char device[PATH_MAX], numbers[32];
	struct stat found;
	if (end.store < 0 || !read_key(&end, "params", device, sizeof device))
		return failed("the device of a disk");
	if (stat(device, &found))
		return refuse(&end, device);
	if (!S_ISBLK(found.st_mode)) {
		errno = ENOTBLK;
		return refuse(&end, device);
	}
	snprintf(numbers, sizeof numbers, "%x:%x", major(found.st_rdev),
		 minor(found.st_rdev));
	if (!write_key(&end, "physical-device", numbers) ||
	    !write_key(&end, "physical-device-path", device) ||
	    !write_key(&end, "hotplug-status", "connected"))
		return failed(device);
	return 0;
}
