import type { SourceLine } from "../../errors.ts";
import type { AttachType, CoreRelocationKind, MapType, ProgramType } from "../../format/abi/index.ts";
import type { Btf } from "../../format/btf/index.ts";

/**
 * What a BPF object file asks for, as plain data. It owns nothing and is the same on every machine;
 * loading is another room's act. Code stays in the byte order of the object.
 */
export interface ObjectSpec {
  /** Base name up to the first dot, at most 15 characters (RULES 6). */
  readonly name: string;
  /** Byte order of the object, its code and its data (`EI_DATA`); only the machine's own can be loaded. */
  readonly littleEndian: boolean;
  /** From the `license` section; "" if there is none: never a guess (RULES 2). */
  readonly license: string;
  /** From the `version` section; `KERNEL_VERSION(a,b,c)` (RULES 2, 26). */
  readonly kernelVersion: number | undefined;
  /** Functions outside `.text`, by section and then by place. */
  readonly programs: readonly ProgramSpec[];
  /** Functions of `.text`, which programs call (RULES 3). */
  readonly subprograms: readonly FunctionSpec[];
  /** Declared maps first, then data sections, `.kconfig` and struct_ops variables. Names are unique. */
  readonly maps: readonly MapSpec[];
  /** Global and static variables of data sections and arenas; no externs. */
  readonly variables: readonly VariableSpec[];
  /** Those of `.kconfig` in the order of their offsets, then kernel symbols and functions by name. */
  readonly externs: readonly ExternSpec[];
  /** The object's types with section sizes and offsets filled in (RULES 10); undefined without `.BTF`. */
  readonly btf: Btf | undefined;
  /** What a reader should know: an event type that is not in the BTF, a section that was ignored. */
  readonly notes: readonly string[];
}

/** One function of the object as the compiler left it. */
export interface FunctionSpec {
  /** Symbol name. */
  readonly name: string;
  /** ELF section name. */
  readonly section: string;
  /** Place in its section, in instructions (8-byte slots). */
  readonly offset: number;
  /** Machine code: a multiple of 8 bytes, a view of the object. */
  readonly code: Uint8Array;
  /** Binding of the ELF symbol: `STB_LOCAL`, `STB_GLOBAL`, `STB_WEAK`. */
  readonly linkage: "static" | "global" | "weak";
  /** Visibility `STV_HIDDEN` or `STV_INTERNAL`: counts as static in BTF (RULES 9). */
  readonly hidden: boolean;
  /** In the order of their instructions. */
  readonly relocations: readonly CodeRelocation[];
  /** CO-RE records (`core_relo` of `.BTF.ext`); empty without `.BTF.ext`. */
  readonly coreRelocations: readonly CoreRelocation[];
  /** BTF id of its `func`, from `.BTF.ext`; undefined where the compiler gave none (RULES 33). */
  readonly btfId: number | undefined;
  /** Where its code comes from, ascending (`line_info` of `.BTF.ext`); empty where compiled without -g. */
  readonly lines: readonly LineInfo[];
}

/** A line of `.BTF.ext`: from `instruction` on, the code comes from `source`. */
export interface LineInfo {
  /** Slot in the function. */
  readonly instruction: number;
  /** The same decoded. */
  readonly source: SourceLine;
  /** As the kernel wants them: offsets in the object's BTF string section and `line << 10 | column`. */
  readonly fileNameOffset: number;
  /** `line_off` of `struct bpf_line_info`: where the text of the line stands in the strings. */
  readonly lineOffset: number;
  /** `line_col` of `struct bpf_line_info`: 22 bits of line, 10 bits of column. */
  readonly lineColumn: number;
}

/** A reference from an instruction (slot `instruction` of the function) to something that has no number yet. */
export type CodeRelocation =
  /** ldimm64 of a map's fd. */
  | {
      /** The address of a map. */
      readonly kind: "map";
      /** Slot of the ldimm64. */
      readonly instruction: number;
      /** Name of the map. */
      readonly map: string;
    }
  /** ldimm64 of an address in a data section's map, `offset` bytes from its start (RULES 32). */
  | {
      /** An address in a value. */
      readonly kind: "data";
      /** Slot of the ldimm64. */
      readonly instruction: number;
      /** Name of the section's map. */
      readonly map: string;
      /** Bytes; the addend included. */
      readonly offset: number;
    }
  /** A call of a subprogram at slot `target` of `.text` (RULES 30). */
  | {
      /** A subprogram called. */
      readonly kind: "call";
      /** Slot of the call. */
      readonly instruction: number;
      /** Slot of the first instruction. */
      readonly target: number;
    }
  /** ldimm64 of the address of a subprogram at slot `target` of `.text`: a callback (RULES 30). */
  | {
      /** The address of a subprogram. */
      readonly kind: "function";
      /** Slot of the ldimm64. */
      readonly instruction: number;
      /** Slot of the first instruction. */
      readonly target: number;
    }
  /** ldimm64 of an extern variable, or a call of an extern function. */
  | {
      /** What the kernel or the host fills in. */
      readonly kind: "extern";
      /** Slot of the ldimm64 or of the call. */
      readonly instruction: number;
      /** Name of an {@link ExternSpec}. */
      readonly extern: string;
    };

/** A CO-RE relocation of `.BTF.ext`. */
export interface CoreRelocation {
  /** Slot in the function. */
  readonly instruction: number;
  /** Root type in the object's BTF. */
  readonly type: number;
  /** Such as `"0:1:2"` (RULES 44). */
  readonly access: string;
  /** What is asked of the type, such as `"field_byte_offset"`: `enum bpf_core_relo_kind`. */
  readonly kind: CoreRelocationKind;
}

/** An entry function and what its section name says about it. */
export interface ProgramSpec extends FunctionSpec {
  /** Section name without a leading `?` (RULES 4). */
  readonly sectionName: string;
  /** The section table's row that matched (RULES 5); undefined: the section is unknown, `type` must be set. */
  readonly definition: SectionDefinition | undefined;
  /** `prog_type` of BPF_PROG_LOAD; `"unspec"` for an unknown section, which cannot be loaded. */
  readonly type: ProgramType;
  /** `expected_attach_type` of BPF_PROG_LOAD (Linux 4.17); undefined: the section implies none, 0 is sent. */
  readonly expectedAttachType: AttachType | undefined;
  /** `BPF_F_*` of BPF_PROG_LOAD that the section implies, such as BPF_F_SLEEPABLE. */
  readonly flags: number;
  /** What follows the definition's prefix: `syscalls/sys_enter_execve`; undefined where nothing follows. */
  readonly target: string | undefined;
  /** false after `SEC("?…")` (RULES 4). */
  readonly autoload: boolean;
}

/** How a kind of section attaches by itself; each word is also the name of a method `attach…` where one exists. */
export type AttachKind =
  | "none"
  | "kprobe"
  | "kretprobe"
  | "uprobe"
  | "uretprobe"
  | "kprobe_multi"
  | "uprobe_multi"
  | "ksyscall"
  | "usdt"
  | "tracepoint"
  | "raw_tracepoint"
  | "tracing"
  | "tracing_multi"
  | "lsm"
  | "iter"
  | "struct_ops"
  | "xdp"
  | "cgroup"
  | "tcx"
  | "netkit"
  | "netfilter"
  | "sk_lookup";

/** A row of the section table (libbpf 1.8 has 116). */
export interface SectionDefinition {
  /** `"kprobe+"`: `kprobe` or `kprobe/…`; a trailing `/`: prefix; else exact (RULES 5). */
  readonly pattern: string;
  /** `prog_type` of programs in such sections. */
  readonly type: ProgramType;
  /** `expected_attach_type` of programs in such sections; undefined: none. */
  readonly expectedAttachType: AttachType | undefined;
  /** The kernel may not know the expected attach type: it may be dropped (RULES 49). */
  readonly attachTypeOptional: boolean;
  /** Needs `attach_btf_id` at load: fentry, tp_btf, lsm, iter, freplace, struct_ops. */
  readonly attachBtf: boolean;
  /** `.s`: BPF_F_SLEEPABLE. */
  readonly sleepable: boolean;
  /** `xdp.frags`: BPF_F_XDP_HAS_FRAGS. */
  readonly frags: boolean;
  /** How `attach()` attaches such programs; `"none"`: the section names nothing to attach to. */
  readonly attach: AttachKind;
}

/** A map that the object declares or needs. */
export interface MapSpec {
  /** The C variable's name, or the ELF section's name for data sections (RULES 7). */
  readonly name: string;
  /** At most 15 characters, as sent to the kernel (RULES 7, 8). */
  readonly kernelName: string;
  /** Where it comes from; everything but `"declared"` is a data section. */
  readonly origin: "declared" | "legacy" | "data" | "rodata" | "bss" | "kconfig" | "struct_ops" | "arena";
  /** `map_type` of BPF_MAP_CREATE; data sections are `"array"`. */
  readonly type: MapType;
  /** Bytes. */
  readonly keySize: number;
  /** Bytes of one value (of one CPU). */
  readonly valueSize: number;
  /** As written; 0 may mean "the kernel's or the machine's number" (RULES 14). */
  readonly maxEntries: number;
  /** `BPF_F_*` */
  readonly flags: number;
  /** `numa_node` of BPF_MAP_CREATE (Linux 4.14), used if `flags` has BPF_F_NUMA_NODE; undefined: not given. */
  readonly numaNode: number | undefined;
  /** `map_extra` of BPF_MAP_CREATE (Linux 5.16), such as the hash functions of a Bloom filter; 0 if not given. */
  readonly mapExtra: bigint;
  /** `LIBBPF_PIN_BY_NAME` is "by-name". */
  readonly pinning: "none" | "by-name";
  /** Type ids in the object's BTF, 0 = none. */
  readonly keyType: number;
  /** Type id of the value, 0 = none; the `datasec` of a data section. */
  readonly valueType: number;
  /** Template of the inner maps of `array_of_maps` and `hash_of_maps`. */
  readonly inner: MapSpec | undefined;
  /** Slots that the object fills: index → name of a map (map-in-map) or of a program (prog_array). */
  readonly slots: readonly MapSlot[];
  /** First value: the section's bytes; undefined for declared maps. */
  readonly contents: Uint8Array | undefined;
  /** Type id of the records that travel through a ring or perf buffer, if the source declares it. */
  readonly eventType: number;
  /** false after `SEC("?.struct_ops")` (RULES 4). */
  readonly autocreate: boolean;
  /** struct_ops only: the struct type's id, and which members hold which programs. */
  readonly structOps: StructOpsSpec | undefined;
}

/** A slot of a map of maps or of programs that the source fills. */
export interface MapSlot {
  /** Key of the slot, 32 bits: its place in the initialiser of `values`. */
  readonly index: number;
  /** Name of the map, or of the program in a `prog_array`. */
  readonly target: string;
}

/** The programs in a `struct_ops` variable. */
export interface StructOpsSpec {
  /** Type id of the struct in the object's BTF. */
  readonly type: number;
  /** `.struct_ops.link`: registered by a link, not by the map update. */
  readonly link: boolean;
  /** Member byte offset → program name. */
  readonly programs: readonly {
    /** Bytes from the start of the struct. */
    readonly offset: number;
    /** Name of the program; the member points to it. */
    readonly program: string;
  }[];
}

/** A global variable in a data section. */
export interface VariableSpec {
  /** The C name. */
  readonly name: string;
  /** Name of its map. */
  readonly map: string;
  /** Bytes from the start of the map's value. */
  readonly offset: number;
  /** Bytes. */
  readonly size: number;
  /** Type id in the object's BTF; 0 without BTF. */
  readonly type: number;
  /** Binding of the ELF symbol: `STB_LOCAL`, `STB_GLOBAL`, `STB_WEAK`. */
  readonly linkage: "static" | "global" | "weak";
  /** Visibility `STV_HIDDEN` or `STV_INTERNAL`: counts as static in BTF (RULES 9). */
  readonly hidden: boolean;
}

/** Something that the kernel or the host fills in. */
export type ExternSpec = KconfigExtern | KsymExtern | KfuncExtern;

/** `extern … __kconfig`: a value in the `.kconfig` map (RULES 25). */
export interface KconfigExtern {
  /** A kernel configuration value. */
  readonly kind: "kconfig";
  /** `CONFIG_…`, or one of the virtual `LINUX_…` (RULES 25). */
  readonly name: string;
  /** Reads as zero where the kernel's configuration has no value; else that is a RELOCATION error. */
  readonly weak: boolean;
  /** Type id of the value, typedefs and qualifiers included. */
  readonly type: number;
  /** What the value is read as. */
  readonly value: "bool" | "tristate" | "char" | "int" | "string";
  /** Whether `"char"` and `"int"` values may be negative; the range is checked. */
  readonly signed: boolean;
  /** Bytes in the `.kconfig` map. */
  readonly offset: number;
  /** Bytes; a longer string is cut to them, with its NUL. */
  readonly size: number;
}

/** `extern … __ksym` variable: an address (typeless: `void`), or a typed kernel variable (RULES 27, 28). */
export interface KsymExtern {
  /** A kernel variable, or an address of the kernel. */
  readonly kind: "ksym";
  /** As in /proc/kallsyms or in the kernel's BTF. */
  readonly name: string;
  /** Its address is 0 where the kernel has no such symbol; else that is a RELOCATION error. */
  readonly weak: boolean;
  /** Type id; 0 = typeless. */
  readonly type: number;
}

/** `extern` kernel function (RULES 28, 29). */
export interface KfuncExtern {
  /** A kernel function that programs may call (Linux 5.13). */
  readonly kind: "kfunc";
  /** With a `___flavor` suffix if the source has one. */
  readonly name: string;
  /** May be missing or of another type: `bpf_ksym_exists` is false then, an unguarded call is refused (RULES 28). */
  readonly weak: boolean;
  /** Type id of its prototype. */
  readonly type: number;
}
