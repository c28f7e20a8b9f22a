import { MalformedError } from "../../errors.ts";
import type { Btf } from "./types.ts";

/**
 * Bounds the text that is made from a BTF. Real BTF prints every type about once (the kernel's: 2.4 times its
 * own size). Damaged BTF can ask for 2^64 lines by nesting inline types in pairs, or for gigabytes of padding
 * by one size: the bound is 64 KiB and 32 times the input.
 */
export class TextBudget {
  private left: number;

  constructor(btf: Btf) {
    this.left = 65536;
    for (let at: Btf | undefined = btf; at !== undefined; at = at.base) this.left += 32 * at.bytes.length;
  }

  /** Takes `characters` off; MALFORMED when the bound is reached. */
  spend(characters: number, id: number): void {
    this.left -= characters;
    if (this.left >= 0) return;
    throw new MalformedError("types whose C text is at most 32 times their size", "more", undefined, {
      trail: [`type ${id}`],
    });
  }
}
