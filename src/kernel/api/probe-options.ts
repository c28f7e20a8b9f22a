import type {
  AttachOptions,
  KprobeOptions,
  MultiOptions,
  UprobeMultiOptions,
  UprobeOptions,
} from "../link/index.ts";

/** Of everything that may run on entry or on return. */
export interface ReturnOption {
  /** Whether the program runs when the function returns; default: what its section says. */
  readonly retprobe?: boolean | undefined;
}

/** Options of {@link Program.attachKprobe} and {@link Program.attachKsyscall}. */
export interface KprobeAttachOptions extends KprobeOptions, ReturnOption {}

/** Options of {@link Program.attachKprobeMulti}. */
export interface KprobeMultiAttachOptions extends AttachOptions, MultiOptions, ReturnOption {}

/** Options of {@link Program.attachUprobe}. */
export interface UprobeAttachOptions extends UprobeOptions, ReturnOption {}

/** Options of {@link Program.attachUprobeMulti}. */
export interface UprobeMultiAttachOptions extends UprobeMultiOptions, ReturnOption {
  /** One for each place: offset in the file of a counter that is above 0 while the probe is there, or 0. */
  readonly refCtrOffsets?: readonly number[] | undefined;
}
