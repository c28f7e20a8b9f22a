#!/bin/busybox sh
# Process 1 of the guest until the host's files are there: everything can be written, nothing reaches the host.
busybox=/bin/busybox
$busybox mount -t proc proc /proc
$busybox mount -t sysfs sysfs /sys
$busybox mount -t devtmpfs devtmpfs /dev
. /settings
for module in /modules/*; do
  $busybox insmod "$module" || echo "init: $module was not inserted" >/dev/kmsg
done

# cache=loose: what the host changes meanwhile may go unseen, and every page is asked for once only.
$busybox mount -t 9p -o ro,trans=virtio,version=9p2000.L,msize=512000,cache=loose host /host
$busybox mount -t tmpfs -o size=75% tmpfs /writable
$busybox mkdir /writable/upper /writable/work
$busybox mount -t overlay -o lowerdir=/host,upperdir=/writable/upper,workdir=/writable/work overlay /new

# As if the kernel's package were installed: kconfig externs read /boot/config-*, modprobe reads /lib/modules.
release=$($busybox uname -r)
$busybox mkdir -p "/new/lib/modules/$release" /new/boot
$busybox mount --bind "/host$KERNEL_FOLDER/lib/modules/$release" "/new/lib/modules/$release"
$busybox cp "/host$KERNEL_FOLDER/boot/config-$release" /new/boot/

for folder in proc sys dev; do
  $busybox mount --move "/$folder" "/new/$folder"
done
exec $busybox switch_root /new /bin/sh "$REPOSITORY/test/vm/guest.sh"
