import type { Btf } from "../../format/btf/index.ts";
import type { ObjectSpec } from "../../program/spec/index.ts";
import { readUsdtLayout, usdtAddressMap, usdtSpecsMap } from "../../program/usdt/index.ts";
import { UsdtSpecs } from "../link/index.ts";
import { featuresOf, type LoadedParts, type LoadSettings } from "../object/index.ts";
import type { KernelAndHost } from "./default-machine.ts";

/** The one set of specs of an object, made when it is first asked for; undefined: it has no map for them. */
export function usdtSpecs(
  machine: KernelAndHost,
  spec: ObjectSpec,
  settings: LoadSettings,
  parts: LoadedParts,
): () => UsdtSpecs | undefined {
  let made: UsdtSpecs | undefined;
  return () => (made ??= makeSpecs(machine, spec, settings, parts));
}

function makeSpecs(
  { kernel, host }: KernelAndHost,
  spec: ObjectSpec,
  settings: LoadSettings,
  parts: LoadedParts,
): UsdtSpecs | undefined {
  const specs = parts.maps.get(usdtSpecsMap);
  if (specs === undefined || spec.btf === undefined) return undefined;
  // As the object sees it: later headers have an extern that the loader answers, that of 0.8 asks by CO-RE (RULES 58).
  const asksLoader = spec.externs.some(({ name }) => name === "LINUX_HAS_BPF_COOKIE");
  const hasCookies = asksLoader
    ? featuresOf(kernel, host).has("bpfCookie")
    : hasCookieHelper(settings.btf ?? host.kernelBtf());
  return new UsdtSpecs({
    kernel,
    host,
    layout: readUsdtLayout(spec.btf, specs.spec.valueType),
    specs,
    addresses: parts.maps.get(usdtAddressMap)?.owner,
    hasCookies,
  });
}

function hasCookieHelper(btf: Btf | undefined): boolean {
  const id = btf?.find("bpf_func_id", "enum");
  if (btf === undefined || id === undefined) return false;
  const type = btf.type(id);
  return type.kind === "enum" && type.values.some(({ name }) => name === "BPF_FUNC_get_attach_cookie");
}
