#!/bin/sh
# The first process of the lab's dom0: what xl and the back ends need, then the agent in its place.
export PATH=/bin
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
mkdir -p /dev/pts
mount -t devpts devpts /dev/pts
mount -t tmpfs tmpfs /run
while read -r module; do
	insmod "/modules/$module"
done </modules/order
rm -r /modules
mount -t xenfs xenfs /proc/xen
ln -s /run /var/run
mkdir -p /run/lock /run/xen /run/xenstored /var/lib/xenstored /var/log/xen
ln -s /run/lock /var/lock
# xl begins a log for each guest and removes none.
mount -t tmpfs -o size=2m tmpfs /var/log/xen
ip link set lo up
xenstored --pid-file /run/xenstored.pid
agent await /run/xenstored/socket 5000
xen-init-dom0
# "keep": a domain that says more than is read waits, and nothing of it is thrown away.
xenconsoled --overflow-data=keep --pid-file=/run/xenconsoled.pid
exec agent "$(agent await '/dev/vport*' 5000)"
