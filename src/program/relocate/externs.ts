import { ErrorCode, TsbpfError } from "../../errors.ts";
import { essentialName, resolve, type Btf, type BtfKind } from "../../format/btf/index.ts";
import type { ExternSpec, KfuncExtern, KsymExtern, ObjectSpec } from "../spec/index.ts";
import { typesAreCompatible } from "./compatible.ts";
import { resolveKconfig, type KconfigImage } from "./kconfig.ts";
import type { Machine, ModuleBtf } from "./types.ts";

/** What an extern stands for on this machine. */
export type ResolvedExtern =
  /** A place in the `.kconfig` map. */
  | { readonly kind: "kconfig"; readonly offset: number; readonly text: string }
  /** The address of a kernel symbol; 0 for a weak one that is not there. */
  | { readonly kind: "address"; readonly address: bigint }
  /** A variable or function in the kernel's BTF, or in a module's. */
  | { readonly kind: "btf"; readonly id: number; readonly module: ModuleBtf | undefined }
  /** A weak one that is not there, or is another thing than the object thinks (RULES 28). */
  | { readonly kind: "missing"; readonly reason: string }
  /** A strong one that cannot be resolved: an error for the programs that use it. */
  | { readonly kind: "fault"; readonly error: TsbpfError };

/** All externs that the wanted programs use, resolved in as few questions to the machine as possible. */
export interface ResolvedExterns {
  readonly byName: ReadonlyMap<string, ResolvedExtern>;
  readonly kconfig: KconfigImage | undefined;
}

/**
 * Resolves the externs with one of `used`. Nothing throws here: what is missing concerns the programs that use
 * it, and those may be optional.
 */
export function resolveExterns(
  spec: ObjectSpec,
  machine: Machine,
  used: ReadonlySet<string>,
): ResolvedExterns {
  const wanted = spec.externs.filter(({ name }) => used.has(name));
  const byName = new Map<string, ResolvedExtern>();
  const kconfig = resolveKconfig(spec, machine);
  for (const extern of wanted) {
    if (extern.kind !== "kconfig") continue;
    const error = kconfig?.faults.get(extern.name);
    const text = kconfig?.values.get(extern.name) ?? "";
    byName.set(
      extern.name,
      error === undefined ? { kind: "kconfig", offset: extern.offset, text } : { kind: "fault", error },
    );
  }
  resolveAddresses(wanted.filter(isTypeless), machine, byName);
  resolveTyped(spec, wanted.filter(isTyped), machine, byName);
  return { byName, kconfig };
}

/** Whether the extern is found through the kernel's BTF. */
export function isTyped(extern: ExternSpec): extern is KsymExtern | KfuncExtern {
  return extern.kind === "kfunc" || (extern.kind === "ksym" && extern.type !== 0);
}

function isTypeless(extern: ExternSpec): extern is KsymExtern {
  return extern.kind === "ksym" && extern.type === 0;
}

/** What shows the addresses in /proc/kallsyms. */
export const hiddenAddressesRemedy = "CAP_SYSLOG and sysctl kernel.kptr_restrict=1 or 0 show them";

/** By address, from kallsyms (RULES 27). */
function resolveAddresses(
  externs: readonly KsymExtern[],
  machine: Machine,
  byName: Map<string, ResolvedExtern>,
): void {
  if (externs.length === 0) return;
  const symbols = machine.symbols(externs.map(({ name }) => name));
  for (const { name, weak } of externs) {
    const addresses = [...new Set(symbols.get(name) ?? [])];
    const [address] = addresses;
    if (addresses.length > 1) {
      const list = addresses.map((value) => `0x${value.toString(16)}`).join(" and ");
      byName.set(name, fault(`extern ${name}: expected one kernel symbol of this name, found ${list}`));
    } else if (address === 0n) {
      byName.set(
        name,
        fault(`extern ${name}: expected its address in /proc/kallsyms, where all addresses are hidden as 0`, {
          remedy: hiddenAddressesRemedy,
        }),
      );
    } else if (address !== undefined || weak) {
      byName.set(name, { kind: "address", address: address ?? 0n });
    } else {
      byName.set(
        name,
        fault(`extern ${name}: expected a kernel symbol of this name, found none`, {
          remedy: "data symbols need CONFIG_KALLSYMS_ALL; declare the extern __weak if it may be missing",
        }),
      );
    }
  }
}

/** By BTF: vmlinux first, then the modules (RULES 28). */
function resolveTyped(
  spec: ObjectSpec,
  externs: readonly (KsymExtern | KfuncExtern)[],
  machine: Machine,
  byName: Map<string, ResolvedExtern>,
): void {
  if (externs.length === 0 || spec.btf === undefined) return;
  const kinds: readonly BtfKind[] = ["var", "func"];
  const names = externs.map(kernelName);
  const kernel = machine.customBtf ? machine.runningBtf : machine.btf;
  const inVmlinux = kernel?.findAll(names, kinds);
  for (const extern of externs) {
    const name = kernelName(extern);
    const kind = extern.kind === "kfunc" ? "func" : "var";
    let place: { btf: Btf; id: number; module: ModuleBtf | undefined } | undefined;
    const id = inVmlinux?.get(name)?.find((candidate) => kernel?.kind(candidate) === kind);
    if (id !== undefined && kernel !== undefined) place = { btf: kernel, id, module: undefined };
    if (place === undefined && kernel !== undefined) place = findInModules(machine, name, kind);
    byName.set(extern.name, judge(spec.btf, extern, place, kernel !== undefined));
  }
}

/** kfuncs may be declared in several versions: `name___flavor` (RULES 28). */
function kernelName(extern: KsymExtern | KfuncExtern): string {
  return extern.kind === "kfunc" ? essentialName(extern.name) : extern.name;
}

function findInModules(
  machine: Machine,
  name: string,
  kind: BtfKind,
): { btf: Btf; id: number; module: ModuleBtf } | undefined {
  for (const module of machine.modules()) {
    const id = module.btf.find(name, kind);
    if (id !== undefined && id >= module.btf.firstId) return { btf: module.btf, id, module };
  }
  return undefined;
}

function judge(
  local: Btf,
  extern: KsymExtern | KfuncExtern,
  place: { btf: Btf; id: number; module: ModuleBtf | undefined } | undefined,
  hasBtf: boolean,
): ResolvedExtern {
  const what = extern.kind === "kfunc" ? "kernel function" : "kernel variable";
  if (place === undefined) {
    const where = hasBtf ? "not in the BTF of vmlinux or a module" : "the kernel has no BTF";
    const reason = `${what} ${extern.name}: ${where}`;
    return extern.weak ? { kind: "missing", reason } : fault(reason, { remedy: weakRemedy });
  }
  const { btf, id, module } = place;
  const target = btf.type(id);
  const targetType = "type" in target ? target.type : 0;
  // A kfunc's prototypes are compared as such; a variable's type behind its modifiers.
  const targetId = extern.kind === "kfunc" ? targetType : resolve(btf, targetType);
  if (fits({ btf: local, id: extern.type }, { btf, id: targetId })) return { kind: "btf", id, module };
  const reason = `${what} ${extern.name}: the object declares another type than ${module?.name ?? "vmlinux"} has`;
  // libbpf lets a weak function pass as missing then, but not a weak variable.
  if (extern.weak && extern.kind === "kfunc") return { kind: "missing", reason };
  return fault(reason);
}

function fits(local: { btf: Btf; id: number }, target: { btf: Btf; id: number }): boolean {
  try {
    return typesAreCompatible(local, target);
  } catch (error) {
    // Types nested beyond the limit are incompatible here, as in libbpf.
    if (error instanceof TsbpfError) return false;
    throw error;
  }
}

const weakRemedy = "declare the extern __weak if it may be missing";

function fault(detail: string, context: { readonly remedy?: string } = {}): ResolvedExtern {
  return { kind: "fault", error: new TsbpfError(ErrorCode.RELOCATION, detail, context) };
}
