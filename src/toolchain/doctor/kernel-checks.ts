import { encodeKernelVersion } from "../../kernel/host/index.ts";
import type { Distribution } from "../distribution/index.ts";
import { notApplicable, ok, type Finding, type Group } from "./finding.ts";
import type { Machine } from "./machine.ts";

/** The kernel that runs. */
export const kernelGroup: Group = {
  name: "kernel",
  linux: true,
  checks: [
    { name: "release", look: lookAtRelease },
    { name: "kernel BTF", look: lookAtBtf },
    { name: "module BTF", look: lookAtModuleBtf },
  ],
};

function lookAtRelease({ host, distribution }: Machine): Finding {
  if (host.kernelVersion() >= encodeKernelVersion(5, 8, 0)) return ok(host.release);
  return {
    state: "warning",
    found: `expected Linux 5.8 or later, found ${host.release}: some programs will not load`,
    remedy: `boot a newer kernel: ${newerKernel(distribution)}`,
  };
}

/** libbpf's README ("BPF CO-RE") lists the distributions whose kernels have types. */
function lookAtBtf({ host, distribution }: Machine): Finding {
  const btf = host.kernelBtf();
  if (btf !== undefined) return ok(`${btf.endId - 1} types`);
  return {
    state: "failed",
    found: "expected the kernel's types in /sys/kernel/btf/vmlinux, found none (CONFIG_DEBUG_INFO_BTF)",
    remedy:
      "boot a kernel that has them (Debian 11, Ubuntu 20.10, Fedora 31, CentOS 8.2, Anolis 8 and later): " +
      newerKernel(distribution),
  };
}

/** The command that brings the distribution's current kernel. */
function newerKernel({ manager }: Distribution): string {
  const debian = "`apt-get install linux-image-amd64` (Debian) or `linux-generic` (Ubuntu)";
  if (manager === "apt-get") return debian;
  if (manager !== undefined) return `\`${manager} update kernel\``;
  return `${debian}, \`dnf update kernel\` elsewhere`;
}

/** Linux 5.11, CONFIG_DEBUG_INFO_BTF_MODULES. Without it kfuncs and types of modules cannot be found. */
function lookAtModuleBtf(machine: Machine): Finding {
  const withBtf = machine.list("/sys/kernel/btf").filter((name) => name !== "vmlinux").length;
  const loaded = (machine.text("/proc/modules") ?? "").split("\n").filter((line) => line !== "").length;
  if (loaded === 0) return notApplicable("no modules are loaded");
  if (withBtf > 0) return ok(`${withBtf} of ${loaded} loaded modules have types`);
  return {
    state: "warning",
    found: `expected types of ${loaded} loaded modules, found none (Linux 5.11, CONFIG_DEBUG_INFO_BTF_MODULES)`,
    remedy: "only programs that use a module's types need them: boot a kernel that has them",
  };
}
