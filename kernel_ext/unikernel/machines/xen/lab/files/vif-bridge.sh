#!/bin/sh
# Puts a guest's network device into its bridge (docs/man/xl-network-configuration.5).
# xl calls it with the device in $vif and the back end's place in xenstore in $XENBUS_PATH.
export PATH=/bin
: "${vif:?}" "${XENBUS_PATH:?}"
case "$1" in
online | add)
	ip link set "$vif" up
	brctl addif "$(xenstore-read "$XENBUS_PATH/bridge")" "$vif"
	[ "$1" = add ] || xenstore-write "$XENBUS_PATH/hotplug-status" connected
	;;
offline | remove)
	ip link set "$vif" down
	;;
esac
