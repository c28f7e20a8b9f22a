import type { Btf } from "../../format/btf/index.ts";
import type { LineInfo, ProgramSpec } from "../spec/index.ts";

/** What relocation asks of the machine, as data, so that a dry run against another kernel is the same code. */
export interface Machine {
  /** BTF of vmlinux, or the one that the user gave instead (RULES 45); undefined: the kernel has none. */
  readonly btf: Btf | undefined;
  /** Whether `btf` was given by the user: then modules are not searched (RULES 38). */
  readonly customBtf: boolean;
  /**
   * BTF of the running kernel beside a custom one: kernel functions and typed variables are ids in it, whatever
   * `btf` says. Absent or undefined with `customBtf`: there are none.
   */
  readonly runningBtf?: Btf | undefined;
  /** BTF of the loaded modules, split over `btf`; asked for only when vmlinux has no answer. */
  modules(): readonly ModuleBtf[];
  /** `CONFIG_…` → text as in .config (`y`, `m`, `"text"`, `0x10`); undefined: no config is to be had. */
  kconfig(): ReadonlyMap<string, string> | undefined;
  /** Addresses of kernel symbols; a name with two addresses has two (RULES 27). All zero: kptr_restrict. */
  symbols(names: readonly string[]): ReadonlyMap<string, readonly bigint[]>;
  /** `KERNEL_VERSION(a,b,c)` (RULES 26). */
  readonly kernelVersion: number;
  readonly features: MachineFeatures;
  /**
   * Whether the verifier knows the argument tag `ctx` (`__arg_ctx`, Linux 6.8). false: prototypes that carry it
   * are rewritten to name the context type, which older kernels go by. Absent counts as true.
   */
  readonly argumentContextTag?: boolean | undefined;
}

/** A module's BTF; `id` is its BTF object id in the kernel. */
export interface ModuleBtf {
  readonly name: string;
  readonly btf: Btf;
  readonly id: number;
}

/** What the kernel can, as far as preparing code and BTF depends on it; each is probed once per machine. */
export interface MachineFeatures {
  /** bpf_get_attach_cookie (5.15): `LINUX_HAS_BPF_COOKIE`. */
  readonly bpfCookie: boolean;
  /** `__x64_sys_…` wrappers (4.17): `LINUX_HAS_SYSCALL_WRAPPER`. */
  readonly syscallWrapper: boolean;
  /** bpf_probe_read_kernel and friends (5.5), else rewritten to bpf_probe_read (RULES 36). */
  readonly probeReadKernel: boolean;
  /** Global data sections (5.2), else references to them are poisoned (RULES 23). */
  readonly globalData: boolean;
  /** BTF at all (4.18), and what of it: sanitising follows (RULES 46). */
  readonly btf: boolean;
  readonly btfFunc: boolean;
  readonly btfFuncGlobal: boolean;
  readonly btfDatasec: boolean;
  readonly btfFloat: boolean;
  readonly btfDeclTag: boolean;
  readonly btfTypeTag: boolean;
  readonly btfEnum64: boolean;
  readonly btfQmarkDatasec: boolean;
}

/** A program with its subprograms behind it, everything resolved but the fds (RULES 31). */
export interface PreparedProgram {
  readonly spec: ProgramSpec;
  /** Machine code in its own buffer; map references still carry 0. */
  readonly code: Uint8Array;
  /** Places that want a map's fd: `src_reg` and the second slot are already set. */
  readonly maps: readonly { readonly instruction: number; readonly map: string }[];
  /** Places that want a module's BTF fd: kfunc calls (`off` = index in fd_array) and typed ksyms (RULES 29). */
  readonly modules: readonly ModuleReference[];
  /** Records for the kernel: instruction slot and type id (RULES 33). */
  readonly functions: readonly { readonly instruction: number; readonly type: number }[];
  readonly lines: readonly LineInfo[];
  /** Which function of the object stands where, for messages. */
  readonly layout: readonly {
    readonly name: string;
    readonly instruction: number;
    readonly length: number;
  }[];
  /** Instructions that were poisoned because what they refer to does not exist (RULES 34, 40). */
  readonly poisoned: readonly Poison[];
  /** What was done, for `--explain`: one entry a relocation. */
  readonly explained: readonly { readonly instruction: number; readonly text: string }[];
}

export interface ModuleReference {
  readonly instruction: number;
  readonly kind: "kfunc" | "ksym";
  readonly module: ModuleBtf;
}

/** An instruction that only dead code may hold. */
export interface Poison {
  readonly instruction: number;
  /** The number that the verifier log will show. */
  readonly imm: number;
  /** What is missing: `CO-RE field task_struct.comm: no match among 2 candidates`. */
  readonly reason: string;
}

/** An object ready for the kernel. */
export interface PreparedObject {
  readonly programs: readonly PreparedProgram[];
  /** Programs that cannot be prepared, with the error; only those that were asked to be optional. */
  readonly skipped: readonly { readonly program: string; readonly error: Error }[];
  /** Contents of the `.kconfig` map, resolved; undefined if the object has no such extern. */
  readonly kconfig: Uint8Array | undefined;
  /** Sanitised BTF for BPF_BTF_LOAD; undefined without BTF or where the kernel has none. */
  readonly btf: Uint8Array | undefined;
}
