/** A static tracing point of an executable or library: one place in the code where it fires. */
export interface UsdtNote {
  /** The group: `libstdcxx`. */
  readonly provider: string;
  /** The point within its group: `catch`. */
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
  /** Whether the bits above `size` are copies of its sign when a program gets it as 64 bits. */
  readonly signed: boolean;
  /** A floating point number: what a program gets are its bits. */
  readonly float: boolean;
  /** Where it is read from. */
  readonly place: UsdtPlace;
}

/** A register as BPF programs see it: `offset` is its first byte in the kernel's `struct pt_regs`. */
export interface UsdtRegister {
  /** As the assembler calls it, without `%`: `rdi`, `edi`, `x0`. */
  readonly name: string;
  /** Bytes from the start of `struct pt_regs`. */
  readonly offset: number;
}

/** Where an argument is when the point fires. */
export type UsdtPlace =
  | {
      /** It is the same each time. */
      readonly kind: "constant";
      /** Signed. */
      readonly value: bigint;
    }
  | {
      /** It is in a register. */
      readonly kind: "register";
      /** Which one. */
      readonly register: UsdtRegister;
    }
  | UsdtMemory
  | {
      /** No BPF program can read it. */
      readonly kind: "unreadable";
      /** Why not, for people. */
      readonly reason: string;
    };

/** Memory at `base + (index << shift) + displacement`, plus a symbol's address where one is named. */
export interface UsdtMemory {
  /** It is in the program's memory. */
  readonly kind: "memory";
  /** undefined: at an absolute address. */
  readonly base: UsdtRegister | undefined;
  /** undefined: none is added. */
  readonly index: UsdtRegister | undefined;
  /** 0 to 4. */
  readonly shift: number;
  /** Bytes, signed. */
  readonly displacement: bigint;
  /** A variable of the program; its address is still to be added, see `placeSymbol`. */
  readonly symbol: string | undefined;
}
