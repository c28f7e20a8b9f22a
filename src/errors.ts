/**
 * The one error class of tsbpf. Users match on `code`, people read `message`: one line made of the trail
 * (outermost place first), what was expected and what was found, and, in brackets, what to do about it.
 */

/** Why an operation was refused; stable names to match on. */
export const ErrorCode = {
  /** Damaged input: {@link MalformedError} names offset, expectation and finding. */
  MALFORMED: "MALFORMED",
  /** Well-formed input that tsbpf does not handle. */
  UNSUPPORTED: "UNSUPPORTED",
  /** The caller's argument is wrong: unknown name, value out of range, wrong combination. */
  ARGUMENT: "ARGUMENT",
  /** A reference in the object cannot be resolved against this kernel or this object. */
  RELOCATION: "RELOCATION",
  /** The running kernel lacks a feature: {@link FeatureError}. */
  KERNEL_FEATURE: "KERNEL_FEATURE",
  /** A privilege, sysctl, mount or limit stands in the way: {@link DeniedError}. */
  DENIED: "DENIED",
  /** The kernel's verifier refused a program: {@link VerifierError}. */
  VERIFIER: "VERIFIER",
  /** A system call failed for another reason: {@link SyscallError}. */
  SYSCALL: "SYSCALL",
  /** The object was used after `close()`. */
  CLOSED: "CLOSED",
  /** The C compiler refused the source: {@link CompileError}. */
  COMPILE: "COMPILE",
  /** The native addon cannot run here: {@link NativeError}. */
  NATIVE: "NATIVE",
} as const;
export type ErrorCode = (typeof ErrorCode)[keyof typeof ErrorCode];

/** What every {@link TsbpfError} may carry beside its detail. */
export interface ErrorContext {
  /** Where it happened, outermost first: `["trace.bpf.o", 'program "exec"', "instruction 14"]`. */
  readonly trail?: readonly string[];
  /** One sentence that says what to do. */
  readonly remedy?: string | undefined;
  /** The error below this one. */
  readonly cause?: unknown;
}

/** Every error that tsbpf throws. `message` is `trail: detail (remedy)` on one line. */
export class TsbpfError extends Error {
  /** What to match on; of each subclass it is always the same one. */
  readonly code: ErrorCode;
  /** What was expected and what was found, without the trail. */
  readonly detail: string;
  /** What to do about it, one sentence; undefined where nothing general can be said. */
  readonly remedy: string | undefined;
  /** Where it happened, outermost first. */
  trail: readonly string[];

  /** `detail`: what was expected and what was found; the trail goes before it, the remedy behind it in brackets. */
  constructor(code: ErrorCode, detail: string, context: ErrorContext = {}) {
    super(undefined, context.cause === undefined ? undefined : { cause: context.cause });
    this.name = "TsbpfError";
    this.code = code;
    this.detail = detail;
    this.remedy = context.remedy;
    this.trail = context.trail ?? [];
    this.message = this.oneLine();
  }

  /** Names one more place around this error, outside all the others, and returns the same error. */
  within(place: string): this {
    this.trail = [place, ...this.trail];
    this.message = this.oneLine();
    return this;
  }

  // Not `line`: an Error of JavaScriptCore (Bun) has a property of that name.
  private oneLine(): string {
    const line = [...this.trail, this.detail].join(": ");
    return this.remedy === undefined ? line : `${line} (${this.remedy})`;
  }
}

/** Damaged bytes: what stood where. */
export class MalformedError extends TsbpfError {
  /** Byte offset in the input named by the trail; undefined where the fault has no single place. */
  readonly offset: number | undefined;
  /** What should stand there, such as `"the BTF magic 0xeb9f"`. */
  readonly expected: string;
  /** What stands there instead, as text. */
  readonly found: string;

  /** MALFORMED: the detail is `offset N: expected …, found …`, without the offset where there is none. */
  constructor(expected: string, found: string, offset?: number, context?: ErrorContext) {
    const where = offset === undefined ? "" : `offset ${offset}: `;
    super(ErrorCode.MALFORMED, `${where}expected ${expected}, found ${found}`, context);
    this.expected = expected;
    this.found = found;
    this.offset = offset;
  }
}

/** A feature that the running kernel lacks. */
export class FeatureError extends TsbpfError {
  /** Such as `"attach cookies"`; it follows "a kernel with" in the detail. */
  readonly feature: string;
  /** First mainline release that has it, such as `"5.8"`; undefined where no release is known. */
  readonly since: string | undefined;
  /** `uname -r` of the running kernel. */
  readonly running: string | undefined;

  /** KERNEL_FEATURE: the detail is `expected a kernel with FEATURE (Linux SINCE and later), running is RUNNING`. */
  constructor(feature: string, since?: string, running?: string, context?: ErrorContext) {
    const from = since === undefined ? "" : ` (Linux ${since} and later)`;
    const now = running === undefined ? "" : `, running is ${running}`;
    super(ErrorCode.KERNEL_FEATURE, `expected a kernel with ${feature}${from}${now}`, context);
    this.feature = feature;
    this.since = since;
    this.running = running;
  }
}

/** A missing privilege, a sysctl, a mount or a limit. */
export class DeniedError extends TsbpfError {
  /** What is missing, in the kernel's words: `"CAP_BPF"`, `"kernel.unprivileged_bpf_disabled=0"`. */
  readonly needs: readonly string[];

  /** DENIED: `needs` is empty where nothing that can be given is missing, as after a security module's refusal. */
  constructor(detail: string, needs: readonly string[], context?: ErrorContext) {
    super(ErrorCode.DENIED, detail, context);
    this.needs = needs;
  }
}

/** A place in the C source of a program, from `.BTF.ext`. */
export interface SourceLine {
  /** As the compiler got it: a path that may be relative to where it ran. */
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  /** 1-based; 0 where the compiler gave none. */
  readonly column: number;
  /** The whole line, indented as in the source; `""` where the compiler kept none. */
  readonly text: string;
}

/** What the verifier said. */
export interface VerifierReport {
  /** The whole log. */
  readonly log: string;
  /** The line that gives the reason. */
  readonly summary: string;
  /** Index of the refused instruction in the loaded program (8-byte slots); undefined where none is named. */
  readonly instruction: number | undefined;
  /** The C line of that instruction. */
  readonly source: SourceLine | undefined;
}

/** The verifier refused a program. */
export class VerifierError extends TsbpfError implements VerifierReport {
  readonly log: string;
  readonly summary: string;
  readonly instruction: number | undefined;
  readonly source: SourceLine | undefined;

  /** VERIFIER: the detail is the report's instruction, C line and summary. */
  constructor(report: VerifierReport, context?: ErrorContext) {
    const at = report.instruction === undefined ? "" : `instruction ${report.instruction}: `;
    const source = report.source;
    const line = source === undefined ? "" : `${source.file}:${source.line}: \`${source.text.trim()}\`: `;
    super(ErrorCode.VERIFIER, `${at}${line}verifier: ${report.summary}`, context);
    this.log = report.log;
    this.summary = report.summary;
    this.instruction = report.instruction;
    this.source = source;
  }
}

/** A system call's refusal. */
export class SyscallError extends TsbpfError {
  /** Such as `"bpf(BPF_MAP_CREATE)"`. */
  readonly call: string;
  /** Positive errno. */
  readonly errno: number;
  /** Such as `"EINVAL"`. */
  readonly errnoName: string;

  /** `meaning`: what this errno says in this situation. */
  constructor(call: string, errno: number, errnoName: string, context?: ErrorContext, meaning?: string) {
    super(ErrorCode.SYSCALL, `${call}: ${errnoName}${meaning === undefined ? "" : `: ${meaning}`}`, context);
    this.call = call;
    this.errno = errno;
    this.errnoName = errnoName;
  }
}

/** One message of a C compiler. */
export interface Diagnostic {
  /** `"error"` includes clang's "fatal error". */
  readonly severity: "error" | "warning" | "note";
  /** The text behind the severity, one line. */
  readonly message: string;
  /** As the compiler names it; undefined, as line and column, for a message about no source: a wrong argument. */
  readonly file: string | undefined;
  /** 1-based. */
  readonly line: number | undefined;
  /** 1-based. */
  readonly column: number | undefined;
}

/** The compiler refused a source. */
export class CompileError extends TsbpfError {
  /** All of them in the compiler's order, warnings and notes too; empty where `output` has none. */
  readonly diagnostics: readonly Diagnostic[];
  /** What the compiler printed, as it printed it. */
  readonly output: string;

  /** COMPILE: `output` is kept whole, for what the diagnostics leave out. */
  constructor(detail: string, diagnostics: readonly Diagnostic[], output: string, context?: ErrorContext) {
    super(ErrorCode.COMPILE, detail, context);
    this.diagnostics = diagnostics;
    this.output = output;
  }
}

/** The addon cannot be loaded here. */
export class NativeError extends TsbpfError {
  /** Each way that was tried and what it answered. */
  readonly tried: readonly string[];
  /** What helps, the likeliest first; it is the remedy. */
  readonly solutions: readonly string[];

  /** NATIVE: the first of `solutions` is the remedy unless the context names another. */
  constructor(
    detail: string,
    tried: readonly string[],
    solutions: readonly string[],
    context?: ErrorContext,
  ) {
    super(ErrorCode.NATIVE, detail, { remedy: solutions[0], ...context });
    this.tried = tried;
    this.solutions = solutions;
  }
}

/** Runs `body`; a {@link TsbpfError} that leaves it has `place` in front of its trail. */
export function within<T>(place: string, body: () => T): T {
  try {
    return body();
  } catch (error) {
    throw error instanceof TsbpfError ? error.within(place) : error;
  }
}

/** A wrong argument, in one call. */
export function argumentError(detail: string, remedy?: string): TsbpfError {
  return new TsbpfError(ErrorCode.ARGUMENT, detail, { remedy });
}
