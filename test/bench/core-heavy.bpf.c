// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Goal G7 of docs/performance.md: an object whose loading is mostly CO-RE. 40 chains of reads over 28 root types of
 * the kernel, each relocated against its BTF. What is read does not matter and is only added up.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

__u64 total = 0;

#define ADD(source, ...) (sum += (__u64)BPF_CORE_READ(source, __VA_ARGS__))
#define ROOT(type, source) ((struct type *)(source))

SEC("raw_tracepoint/sys_enter")
int tasks(void *ctx)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	__u64 sum = 0;

	ADD(task, pid);
	ADD(task, tgid);
	ADD(task, real_parent, tgid);
	ADD(task, group_leader, start_time);
	ADD(task, mm, arg_start);
	ADD(task, mm, exe_file, f_flags);
	ADD(task, mm, pgd);
	ADD(task, cred, uid.val);
	ADD(task, cred, euid.val);
	ADD(task, cred, user_ns, level);
	ADD(task, signal, nr_threads);
	ADD(task, signal, tty, index);
	ADD(task, sighand, count.refs.counter);
	ADD(task, files, next_fd);
	ADD(task, fs, umask);
	ADD(task, nsproxy, pid_ns_for_children, level);
	ADD(task, nsproxy, uts_ns, ns.inum);
	ADD(task, nsproxy, net_ns, ifindex);
	ADD(task, thread_pid, level);
	ADD(task, cgroups, nr_tasks);
	total += sum;
	return 0;
}

SEC("raw_tracepoint/sys_exit")
int files(void *ctx)
{
	void *unknown = (void *)bpf_get_current_task();
	__u64 sum = 0;

	ADD(ROOT(file, unknown), f_mode);
	ADD(ROOT(file, unknown), f_inode, i_ino);
	ADD(ROOT(inode, unknown), i_size);
	ADD(ROOT(inode, unknown), i_sb, s_dev);
	ADD(ROOT(dentry, unknown), d_name.len);
	ADD(ROOT(dentry, unknown), d_parent, d_inode, i_mode);
	ADD(ROOT(super_block, unknown), s_magic);
	ADD(ROOT(vm_area_struct, unknown), vm_pgoff);
	ADD(ROOT(vfsmount, unknown), mnt_flags);
	ADD(ROOT(sk_buff, unknown), len);
	ADD(ROOT(sk_buff, unknown), dev, mtu);
	ADD(ROOT(net_device, unknown), ifindex);
	ADD(ROOT(sock, unknown), sk_type);
	ADD(ROOT(sock, unknown), __sk_common.skc_family);
	ADD(ROOT(sock, unknown), sk_rcvbuf);
	ADD(ROOT(socket, unknown), state);
	ADD(ROOT(bio, unknown), bi_opf);
	ADD(ROOT(request, unknown), cmd_flags);
	ADD(ROOT(gendisk, unknown), minors);
	ADD(ROOT(timer_list, unknown), expires);
	total += sum;
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
