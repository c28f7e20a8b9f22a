import { ErrorCode, TsbpfError } from "../../errors.ts";

/** An executable holds the runtime of the machine that makes it. UNSUPPORTED: another one is asked for. */
export function refuseOtherTarget(target: string | undefined): void {
  const here = `${process.platform}-${process.arch}`;
  if (target === undefined || target === here) return;
  throw new TsbpfError(
    ErrorCode.UNSUPPORTED,
    `expected ${here}, the machine that makes the executable, as its target; found "${target}"`,
    { remedy: "run tsbpf bundle on such a machine, or leave --exe out: the .mjs runs on x64 and arm64" },
  );
}
