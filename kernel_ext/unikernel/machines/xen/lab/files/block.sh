#!/bin/sh
# Tells the block back end which device a disk is (xen/include/public/io/blkif.h).
export PATH=/bin
: "${XENBUS_PATH:?}"
[ "$1" = add ] || exit 0
device=$(xenstore-read "$XENBUS_PATH/params")
numbers=$(stat -L -c %t:%T "$device") || {
	xenstore-write "$XENBUS_PATH/hotplug-error" "$device is no block device"
	xenstore-write "$XENBUS_PATH/hotplug-status" error
	exit 1
}
xenstore-write "$XENBUS_PATH/physical-device" "$numbers" \
	"$XENBUS_PATH/physical-device-path" "$device" \
	"$XENBUS_PATH/hotplug-status" connected
