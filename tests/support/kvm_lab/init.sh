#!/bin/busybox sh
# shellcheck shell=dash
# The first process inside: loads KVM, enters the outer machine's file tree, runs /script there.
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
for module in /modules/*.ko; do
	insmod "$module"
done
mount -t 9p -o trans=virtio,version=9p2000.L,cache=loose,msize=262144,ro host /host
mount -t tmpfs run /host/run
mount -o bind /dev /host/dev
mount -o bind /proc /host/proc
mount -o bind /sys /host/sys
cp /script /host/run/script
mkdir -p /dev/shm
ip link set lo up
echo "kvm-lab: ready after $(cut -d' ' -f1 /proc/uptime) s"
env -i PATH=/usr/local/bin:/usr/bin:/bin HOME=/run TMPDIR=/run XDG_RUNTIME_DIR=/run LC_ALL=C.UTF-8 \
	chroot /host /bin/sh /run/script
echo "kvm-lab: status $?"
poweroff -f
