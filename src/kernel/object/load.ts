import { ErrorCode, TsbpfError } from "../../errors.ts";
import { prepareObject, type PreparedObject } from "../../program/relocate/index.ts";
import type { ObjectSpec } from "../../program/spec/index.ts";
import type { Host } from "../host/index.ts";
import type { Kernel } from "../sys/index.ts";
import { initialContents } from "./contents.ts";
import { featuresOf } from "./features.ts";
import { loadBtf } from "./load-btf.ts";
import type { LoadContext } from "./load-context.ts";
import { makeMaps, type MadeMap } from "./load-maps.ts";
import { checkSettings, type LoadSettings } from "./load-options.ts";
import { loadPrograms, type MadeProgram } from "./load-programs.ts";
import { LoadScope } from "./load-scope.ts";
import type { OwnedFd } from "./owned-fd.ts";
import { programNeeds } from "./privilege-needs.ts";
import type { StructOpsLayout } from "./struct-ops-layout.ts";
import { layOutStructOps } from "./struct-ops.ts";
import { ThisMachine } from "./this-machine.ts";
import { implicitToken, openToken, tokenPath } from "./token.ts";

/** What a load made. Whoever takes it closes every owner in it. */
export interface LoadedParts {
  readonly programs: ReadonlyMap<string, MadeProgram>;
  readonly maps: ReadonlyMap<string, MadeMap>;
  readonly structOps: ReadonlyMap<string, StructOpsLayout>;
  readonly btf: OwnedFd | undefined;
  /** Programs that may be missing and are, and why. */
  readonly skipped: ReadonlyMap<string, TsbpfError>;
  readonly notes: readonly string[];
}

/**
 * Brings an object into the kernel, in this order (RULES 17): code and types are prepared for this kernel, then BTF,
 * maps (filled, frozen and pinned), programs, tail call tables. If anything is refused, what was made is closed and
 * unpinned, and the error says what and why.
 */
export async function loadParts(
  kernel: Kernel,
  host: Host,
  spec: ObjectSpec,
  settings: LoadSettings,
): Promise<LoadedParts> {
  checkSettings(spec, settings);
  const path = tokenPath(settings.token);
  try {
    const token = path === undefined || path === "" ? undefined : openToken(kernel, host, path);
    return await loadScoped(kernel, host, spec, settings, token);
  } catch (error) {
    const isDenied = error instanceof TsbpfError && error.code === ErrorCode.DENIED;
    const token = isDenied && path === undefined ? implicitToken(kernel, host) : undefined;
    if (token === undefined) throw error;
    return await loadScoped(kernel, host, spec, settings, token);
  }
}

/** Takes the token over: it is needed no longer than the load. */
async function loadScoped(
  kernel: Kernel,
  host: Host,
  spec: ObjectSpec,
  settings: LoadSettings,
  token: number | undefined,
): Promise<LoadedParts> {
  const scope = new LoadScope(kernel);
  try {
    const parts = await loadInto(scope, kernel, host, spec, settings, token);
    scope.commit();
    return parts;
  } catch (error) {
    scope.rollback();
    throw error;
  } finally {
    if (token !== undefined) kernel.close(token);
  }
}

async function loadInto(
  scope: LoadScope,
  kernel: Kernel,
  host: Host,
  spec: ObjectSpec,
  settings: LoadSettings,
  tokenFd: number | undefined,
): Promise<LoadedParts> {
  const features = featuresOf(kernel, host);
  const overrides = {
    btf: settings.btf,
    kconfig: settings.kconfig === undefined ? undefined : new Map(Object.entries(settings.kconfig)),
  };
  const notes: string[] = [];
  const optional = optionalPrograms(spec, settings);
  const programs = chosenPrograms(spec, settings);
  const prepare = (careful: boolean): { machine: ThisMachine; prepared: PreparedObject } => {
    const machine = new ThisMachine(kernel, host, features, overrides, careful);
    return { machine, prepared: prepareObject(spec, machine, { programs, optional }) };
  };

  let { machine, prepared } = prepare(false);
  let btf: OwnedFd | undefined;
  if (prepared.btf !== undefined) {
    const needs = capabilities(spec, programs);
    let loading = loadBtf(kernel, host, prepared.btf, needs, tokenFd);
    if (loading.fd === undefined && loading.error.code === ErrorCode.DENIED) throw loading.error;
    if (loading.fd === undefined) {
      // Only now is it worth knowing which kinds of types this kernel lacks.
      ({ machine, prepared } = prepare(true));
      if (prepared.btf !== undefined) loading = loadBtf(kernel, host, prepared.btf, needs, tokenFd);
    }
    if (loading.fd !== undefined) btf = scope.own(loading.fd, "BTF");
    // Programs run without types; only struct_ops cannot do without (RULES 46).
    else if (spec.maps.some(({ origin }) => origin === "struct_ops")) throw loading.error;
    else notes.push(`loaded without BTF: ${loading.error.message}`);
  }

  const structOps = new Map<string, StructOpsLayout>();
  const context: LoadContext = {
    spec,
    settings,
    kernel,
    host,
    features,
    machine,
    scope,
    btfFd: btf?.fd ?? 0,
    tokenFd,
    structOps,
    notes,
  };
  for (const map of spec.maps) {
    const isCreated = settings.maps?.[map.name]?.create ?? map.autocreate;
    if (map.origin === "struct_ops" && isCreated) structOps.set(map.name, layOutStructOps(context, map));
  }
  const contents = initialContents(spec, settings, prepared.kconfig);
  const maps = makeMaps(context, contents);

  const skipped = new Map<string, TsbpfError>();
  for (const { program, error } of prepared.skipped) {
    skipped.set(program, error instanceof TsbpfError ? error : wrapped(error));
  }
  const made = await loadPrograms(
    context,
    prepared.programs,
    maps,
    (program) => optional.has(program),
    (program, error) => skipped.set(program, error),
  );
  return { programs: made, maps, structOps, btf, skipped, notes };
}

/** What loading all of these programs asks for. */
function capabilities(spec: ObjectSpec, programs: readonly string[]): string[] {
  const types = spec.programs.filter(({ name }) => programs.includes(name)).map(({ type }) => type);
  return [...new Set(["CAP_BPF", ...types.flatMap(programNeeds)])];
}

/** Autoload, then what the user says; programs of a struct_ops follow the variable that names them (RULES 4). */
function chosenPrograms(spec: ObjectSpec, settings: LoadSettings): string[] {
  const referenced = new Set<string>();
  for (const map of spec.maps) {
    const isCreated = settings.maps?.[map.name]?.create ?? map.autocreate;
    if (isCreated) for (const { program } of map.structOps?.programs ?? []) referenced.add(program);
  }
  return spec.programs
    .filter((program) => {
      const asked = settings.autoload?.[program.name];
      if (asked !== undefined) return asked;
      const named = spec.maps.some((map) =>
        map.structOps?.programs.some((one) => one.program === program.name),
      );
      return program.type === "struct_ops" && named ? referenced.has(program.name) : program.autoload;
    })
    .map((program) => program.name);
}

function optionalPrograms(spec: ObjectSpec, { optional }: LoadSettings): ReadonlySet<string> {
  if (optional === true) return new Set(spec.programs.map((program) => program.name));
  return new Set(Array.isArray(optional) ? optional : []);
}

function wrapped(cause: Error): TsbpfError {
  return new TsbpfError(ErrorCode.RELOCATION, cause.message, { cause });
}
