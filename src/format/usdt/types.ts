/** A static tracing point of an executable or library: one place in the code where it fires. */
export interface UsdtNote {
  /** The group: `libstdcxx`. */
  readonly provider: string;
  readonly name: string;
  /** Address of the instruction, as the file's program headers count (prelinking is undone). */
  readonly address: bigint;
  /** Address of the counter that the program tests before it fires; 0 = it fires always. */
  readonly semaphore: bigint;
  /** Where the arguments are, as the compiler wrote it: `-4@%edi 8@-24(%rbp)`; "" without arguments. */
  readonly arguments: string;
}

/** What {@link UsdtNote.arguments} says of one argument. */
export interface UsdtArgument {
  /** As the compiler wrote it: `-4@%edi`. */
  readonly text: string;
  /** Bytes. */
  readonly size: number;
  readonly signed: boolean;
  /** A floating point number: what a program gets are its bits. */
  readonly float: boolean;
  readonly place: UsdtPlace;
}

/** A register as BPF programs see it: `offset` is its first byte in the kernel's `struct pt_regs`. */
export interface UsdtRegister {
  readonly name: string;
  readonly offset: number;
}

/** Where an argument is when the point fires. */
export type UsdtPlace =
  | { readonly kind: "constant"; readonly value: bigint }
  | { readonly kind: "register"; readonly register: UsdtRegister }
  | UsdtMemory
  /** No BPF program can read it, and why. */
  | { readonly kind: "unreadable"; readonly reason: string };

/** Memory at `base + (index << shift) + displacement`, plus a symbol's address where one is named. */
export interface UsdtMemory {
  readonly kind: "memory";
  /** undefined: at an absolute address. */
  readonly base: UsdtRegister | undefined;
  readonly index: UsdtRegister | undefined;
  /** 0 to 4. */
  readonly shift: number;
  readonly displacement: bigint;
  /** A variable of the program; its address is still to be added, see `placeSymbol`. */
  readonly symbol: string | undefined;
}
