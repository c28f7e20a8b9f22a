import { ErrorCode, TsbpfError } from "../../errors.ts";
import type { Host } from "../host/index.ts";
import { OwnedFd, pinObject, readLinkInfo, unpinObject, type LinkInfo } from "../object/index.ts";
import type { Kernel } from "../sys/index.ts";
import type { Attachable, AttachHooks } from "./attachable.ts";

/** What keeps a program attached. */
export interface LinkParts {
  readonly kernel: Kernel;
  readonly host: Host;
  /** The program's name. */
  readonly program: string;
  /** Where it is attached: `tracepoint syscalls/sys_enter_execve`. */
  readonly target: string;
  /** The BPF link; undefined where the kernel has none for this kind: the others then hold the attachment. */
  readonly owner: OwnedFd | undefined;
  /** Why there is no {@link owner}; default: the kernel is too old. */
  readonly withoutFd?: string | undefined;
  /** Closed after the link, in this order: a perf event must outlive the link on it (RULES 53). */
  readonly others: readonly OwnedFd[];
  /** Runs before anything is closed. */
  readonly beforeClose?: (() => void) | undefined;
  /** Runs once, when all is closed. */
  readonly afterClose?: (() => void) | undefined;
}

/** An attachment of a program. It ends with {@link detach}, or with the process unless it is pinned. */
export class Link {
  /** The program's name. */
  readonly program: string;
  /** Where it is attached: `tracepoint syscalls/sys_enter_execve`. */
  readonly target: string;
  private readonly parts: LinkParts;
  private attached = true;
  private pins: string[] = [];

  /** @internal */
  constructor(parts: LinkParts) {
    this.parts = parts;
    this.program = parts.program;
    this.target = parts.target;
  }

  /** Whether this process still holds the attachment. */
  get isAttached(): boolean {
    return this.attached;
  }

  /** Whether a pin that {@link pin} made keeps the attachment after {@link detach}. */
  get isPinned(): boolean {
    return this.pins.length > 0;
  }

  /** The link's fd, this link's to close. UNSUPPORTED where the attachment has none: a perf event of an old kernel. */
  get fd(): number {
    if (!this.attached) {
      throw new TsbpfError(ErrorCode.CLOSED, "used after detach()", { trail: [this.place()] });
    }
    if (this.parts.owner === undefined) {
      throw new TsbpfError(
        ErrorCode.UNSUPPORTED,
        this.parts.withoutFd ?? "this kernel attaches here without a BPF link (Linux 5.15 has one)",
        {
          trail: [this.place()],
        },
      );
    }
    return this.parts.owner.fd;
  }

  /** What the kernel says of the link now. */
  info(): LinkInfo {
    return readLinkInfo(this.parts.kernel, this.parts.host, this.fd);
  }

  /** Makes the link reachable under a path of a BPF file system: the program then stays attached without this process. */
  pin(path: string): void {
    pinObject(this.parts.kernel, this.parts.host, this.fd, path);
    this.pins.push(path);
  }

  /** Removes the path given, or all that {@link pin} made. */
  unpin(path?: string): void {
    for (const one of path === undefined ? this.pins : [path]) unpinObject(one);
    this.pins = path === undefined ? [] : this.pins.filter((one) => one !== path);
  }

  /** Ends the attachment (unless it is pinned) and gives the fds back. Idempotent; the program may be attached again. */
  detach(): void {
    if (!this.attached) return;
    this.attached = false;
    this.parts.beforeClose?.();
    this.parts.owner?.close();
    for (const other of this.parts.others) other.close();
    this.parts.afterClose?.();
  }

  /** The same as {@link detach}. */
  close(): void {
    this.detach();
  }

  /** The same as {@link detach}, for `using`. */
  [Symbol.dispose](): void {
    this.detach();
  }

  private place(): string {
    return `link of program "${this.program}" to ${this.target}`;
  }
}

/** The attachment that the kernel answered with an fd, which alone holds it. */
export function linkOf(program: Attachable, target: string, fd: number, { afterClose }: AttachHooks): Link {
  const { kernel, host, name } = program;
  const owner = new OwnedFd(kernel, fd, `link of program "${name}" to ${target}`);
  return new Link({ kernel, host, program: name, target, owner, others: [], afterClose });
}
