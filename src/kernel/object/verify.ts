import type { TsbpfError } from "../../errors.ts";
import type { PreparedProgram } from "../../program/relocate/index.ts";
import { programLoadCall, type ProgramLoad, type VerifierLog } from "./attr-program.ts";
import { callBpfAsync, VERIFIER_TRIES } from "./bpf-call.ts";
import { Errno } from "./errno.ts";
import { explain } from "./explain.ts";
import { logText, smallProgram, tryProgram } from "./feature-probes.ts";
import type { LoadContext } from "./load-context.ts";
import { raiseMemlock } from "./memlock.ts";
import { programNeeds } from "./privilege-needs.ts";
import { programTypeSince } from "./since.ts";
import { verifierError } from "./verifier.ts";

/** The largest log that kernels before 5.2 take: UINT32_MAX >> 8. */
const FIRST_LOG_BYTES = 0xffffff;
const LARGEST_LOG_BYTES = 0x7fffffff;

/** Gives a program to the verifier: its fd, and the log if one was asked for. */
export async function verify(
  context: LoadContext,
  prepared: PreparedProgram,
  load: ProgramLoad,
  logLevel: number,
): Promise<{ fd: number; log: string }> {
  // Without a log at first: keeping one makes the verifier several times slower (RULES 48).
  let log = logLevel === 0 ? undefined : makeLog(logLevel, FIRST_LOG_BYTES);
  let result = await attempt(context, load, log);
  if (result === -Errno.EPERM && raiseMemlock(context.kernel, context.host)) {
    result = await attempt(context, load, log);
  }
  // What older kernels do not know is left out, one thing after the other, until one is taken or all are refused.
  let sent = load;
  for (const simpler of simplerLoads(prepared, load, result)) {
    const answer = await attempt(context, simpler, log);
    if (answer < 0 && answer === result) continue;
    result = answer;
    sent = simpler;
    break;
  }
  while (result < 0) {
    const size = log?.buffer.length ?? 0;
    // ENOSPC: the log did not fit. Old kernels say EFAULT where they mean that.
    const isFull = result === -Errno.ENOSPC || (result === -Errno.EFAULT && size > 0);
    if (log !== undefined && (!isFull || size >= LARGEST_LOG_BYTES)) break;
    log = makeLog(
      Math.max(1, logLevel),
      size === 0 ? FIRST_LOG_BYTES : Math.min(size * 2, LARGEST_LOG_BYTES),
    );
    result = await attempt(context, sent, log);
  }
  const text = log === undefined ? "" : logText(log.buffer);
  if (result >= 0) return { fd: result, log: text };
  throw refused(context, prepared, load, -result, text);
}

/**
 * E2BIG: a field behind the end of this kernel's attr is not 0. Function and line info came with 5.0, the expected
 * attach type with 4.17 (RULES 49), names with 4.15 (RULES 8). EINVAL: the attach type is known, but not for this.
 */
function simplerLoads(prepared: PreparedProgram, load: ProgramLoad, result: number): ProgramLoad[] {
  const isOptional = prepared.spec.definition?.attachTypeOptional === true && load.expectedAttachType !== 0;
  if (result === -Errno.EINVAL) return isOptional ? [{ ...load, expectedAttachType: 0 }] : [];
  if (result !== -Errno.E2BIG) return [];
  const plain = { ...load, functions: undefined, lines: undefined, btfFd: 0 };
  const typeless = { ...plain, expectedAttachType: isOptional ? 0 : load.expectedAttachType };
  return [plain, typeless, { ...typeless, name: "" }];
}

function makeLog(level: number, bytes: number): VerifierLog {
  return { level, buffer: new Uint8Array(bytes) };
}

async function attempt({ kernel }: LoadContext, load: ProgramLoad, log?: VerifierLog): Promise<number> {
  const call = programLoadCall(load, log);
  for (let tries = 1; ; tries++) {
    const result = await callBpfAsync(kernel, call);
    if (result !== -Errno.EAGAIN || tries === VERIFIER_TRIES) return result;
  }
}

function refused(
  context: LoadContext,
  prepared: PreparedProgram,
  load: ProgramLoad,
  errno: number,
  log: string,
): TsbpfError {
  // Without a word from the verifier, the kernel refused before it looked at the code.
  const said = log.replace(/^(processed \d+ insns|verification time|stack depth).*$/gm, "").trim();
  if (said !== "") return verifierError(log, prepared);
  const { host } = context;
  const isUnknown = errno === Errno.EINVAL && lacksType(context, load);
  return explain(
    host,
    {
      call: "bpf(BPF_PROG_LOAD)",
      needs: programNeeds(load.type),
      locksMemory: true,
      feature: isUnknown
        ? { name: `programs of type ${load.type}`, since: programTypeSince[load.type] }
        : undefined,
      parameters: parameters(prepared, load),
      meanings: {
        [Errno.E2BIG]: [`the program has ${load.code.length / 8} instructions`, "split it with tail calls"],
        [Errno.EINVAL]: ["the kernel does not know this combination of type, attach type and flags"],
        [Errno.ENOTSUPP]: ["the kernel cannot attach programs there"],
      },
    },
    errno,
  );
}

function parameters({ spec }: PreparedProgram, load: ProgramLoad): string {
  const attach = spec.expectedAttachType === undefined ? "" : `, attach type ${spec.expectedAttachType}`;
  const flags = load.flags === 0 ? "" : `, flags 0x${load.flags.toString(16)}`;
  return `type ${load.type}${attach}${flags}`;
}

/** Whether even the smallest program of this type is refused; types that attach by BTF cannot be tried so. */
function lacksType({ kernel }: LoadContext, load: ProgramLoad): boolean {
  if (load.attachBtfId !== 0 || load.expectedAttachType !== 0) return false;
  const result = tryProgram(kernel, smallProgram(load.type));
  if (result >= 0) kernel.close(result);
  return result === -Errno.EINVAL;
}
