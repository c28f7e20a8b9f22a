import { attachTypes, structs } from "../../format/abi/index.ts";
import type { Kernel } from "../sys/index.ts";
import { bpfCall, callBpf, cString } from "./bpf-call.ts";
import { Errno } from "./errno.ts";
import { inconclusive, smallProgram, tryProgram, type ProbeAnswer } from "./feature-probes.ts";

/**
 * Whether one link can hold many uprobes, and filters by process: the first kernels took the id for a thread's. A link
 * to the root directory is EBADF where the kernel looks at the path, and EINVAL for a process id of -1 only where the
 * filter is the mended one (libbpf's probe, RULES 61).
 */
export function probeUprobeMulti(kernel: Kernel): ProbeAnswer {
  const type = attachTypes.indexOf("trace_uprobe_multi");
  const program = tryProgram(kernel, { ...smallProgram("kprobe"), expectedAttachType: type });
  if (program < 0) return inconclusive.has(program) ? undefined : false;
  const attempt = (pid: number): number => {
    const values = {
      prog_fd: program,
      attach_type: type,
      "uprobe_multi.cnt": 1,
      "uprobe_multi.pid": pid,
    };
    const buffers = { "uprobe_multi.path": cString("/"), "uprobe_multi.offsets": new Uint8Array(8) };
    const call = bpfCall("BPF_LINK_CREATE", structs.bpfAttrLinkCreate, values, buffers);
    const link = callBpf(kernel, call);
    if (link >= 0) kernel.close(link);
    return link;
  };
  try {
    const looked = attempt(0);
    if (inconclusive.has(looked)) return undefined;
    return looked === -Errno.EBADF && attempt(-1) === -Errno.EINVAL;
  } finally {
    kernel.close(program);
  }
}
