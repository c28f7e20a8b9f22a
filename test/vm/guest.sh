# Process 1 of the guest: the rest of what an installed system mounts, then the command, then its exit status.
# Everything here is the host's program over 9p, read-only under an overlay.
mount -t tmpfs tmpfs /tmp
mount -t tmpfs tmpfs /run
mkdir -p /dev/shm /dev/pts
mount -t tmpfs tmpfs /dev/shm
mount -t devpts devpts /dev/pts
mount -t tracefs tracefs /sys/kernel/tracing
mount -t debugfs debugfs /sys/kernel/debug
mount -t bpf bpf /sys/fs/bpf
mount -t cgroup2 cgroup2 /sys/fs/cgroup
/bin/busybox ip link set lo up 2>/dev/null || busybox ip link set lo up
hostname tsbpf-vm 2>/dev/null

# The second serial line carries the command's output as it is; the first one has the kernel's messages.
busybox stty -F /dev/ttyS1 raw -echo
cd "$REPOSITORY" || exit 1
/bin/sh -c "$COMMAND" </dev/null >/dev/ttyS1 2>&1
status=$?
[ $status -le 127 ] || status=127
# QEMU's debug exit port (0xf4) ends it with the status 2 * value + 1.
# shellcheck disable=SC2059
printf "\\$(printf %o $status)" | dd of=/dev/port bs=1 seek=244 2>/dev/null
sleep 60
