import type { AttachType, LinkType } from "../format/abi/index.ts";
import type { FakeObject } from "./fd-table.ts";
import type { PerfEvent } from "./perf-event.ts";
import type { FakeProgram } from "./program.ts";

/** What a link holds on to. */
export interface LinkTarget {
  readonly type: LinkType;
  readonly attachType: AttachType | undefined;
  /** fd or interface index from BPF_LINK_CREATE, resolved to an event where it is one. */
  readonly event: PerfEvent | undefined;
  /** The number itself, for targets that the fake kernel does not know. */
  readonly target: number;
  /** Raw tracepoints: the name. */
  readonly name: string;
  readonly cookie: bigint;
}

/** An attachment; it ends with its last fd and pin. */
export class FakeLink implements FakeObject {
  readonly target: LinkTarget;
  program: FakeProgram | undefined;
  id = 0;
  private readonly drop: (object: FakeObject) => void;

  constructor(program: FakeProgram, target: LinkTarget, drop: (object: FakeObject) => void) {
    this.program = program;
    this.target = target;
    this.drop = drop;
  }

  describe(): string {
    return `link (${this.target.type}${this.target.name === "" ? "" : ` ${this.target.name}`})`;
  }

  /** Takes the program off; the link stays, empty. */
  detach(): void {
    const { event } = this.target;
    if (event !== undefined && event.program === this.program) event.program = undefined;
    if (this.program !== undefined) this.drop(this.program);
    this.program = undefined;
  }

  released(): void {
    this.detach();
    if (this.target.event !== undefined) this.drop(this.target.event);
  }
}
