#!/bin/sh
# net add BRIDGE PATTERN MS MTU   waits for an interface, and puts it into a new bridge
# net remove BRIDGE               takes the bridge away
export PATH=/bin
case "$1" in
add)
	found=$(agent await "$3" "$4") || exit 1
	interface=${found##*/}
	brctl addbr "$2" || exit 1
	# Frames pass as they come: nothing is learned of groups first.
	echo 0 >"/sys/class/net/$2/bridge/multicast_snooping"
	ip link set "$2" mtu "$5" up
	ip link set "$interface" mtu "$5" up
	# Both are up: a port that comes up later begins to pass frames up to a second after that.
	brctl addif "$2" "$interface" || exit 1
	echo "$interface"
	;;
remove)
	ip link set "$2" down
	brctl delbr "$2"
	;;
esac
