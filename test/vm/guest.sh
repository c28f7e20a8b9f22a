# Process 1 of the guest: the rest of what an installed system mounts, then the command, then its exit status.
# Everything here is the host's program over 9p, read-only under an overlay.
# A checkout below /tmp must stay visible; the overlay's writes go to a tmpfs anyway.
case $REPOSITORY in
  /tmp/*) ;;
  *) mount -t tmpfs tmpfs /tmp ;;
esac
mount -t tmpfs tmpfs /run
mkdir -p /dev/shm /dev/pts
mount -t tmpfs tmpfs /dev/shm
mount -t devpts devpts /dev/pts
mount -t tracefs tracefs /sys/kernel/tracing
mount -t debugfs debugfs /sys/kernel/debug
mount -t bpf bpf /sys/fs/bpf
mount -t cgroup2 cgroup2 /sys/fs/cgroup
busybox ip link set lo up
busybox hostname tsbpf-vm

# The second serial line carries the command's output as it is; the first one has the kernel's messages.
busybox stty -F /dev/ttyS1 raw -echo
cd "$REPOSITORY" || exit 1
# Through a pipe: on a terminal, programs would colour what the tests compare.
{
  /bin/sh -c "$COMMAND" </dev/null 2>&1
  echo $? >/run/status
} | cat >/dev/ttyS1
status=$(cat /run/status)
[ $status -le 126 ] || status=126
# QEMU's debug exit port, read by qemu.mjs: 0 there is no status of ours.
# shellcheck disable=SC2059
printf "\\$(printf %o $((status + 1)))" | dd of=/dev/port bs=1 seek=$((0xf4)) 2>/dev/null
sleep 60
