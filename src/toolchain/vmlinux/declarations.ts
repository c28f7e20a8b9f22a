import type { Btf, HeaderPrinter } from "../../format/btf/index.ts";
import type { SourceNames } from "./source-names.ts";

/** Finds the types and functions that a header declares by the names that it gives them. */
export class Declarations {
  private readonly tags = new Map<string, number>();
  private readonly words = new Map<string, number>();

  constructor(btf: Btf, printer: HeaderPrinter) {
    for (let id = 1; id < btf.endId; id++) {
      switch (btf.kind(id)) {
        case "struct":
        case "union":
          if (btf.name(id) !== "") this.tags.set(printer.printedName(id), id);
          break;
        case "fwd": {
          // A definition of the name says more.
          const name = printer.printedName(id);
          if (!this.tags.has(name)) this.tags.set(name, id);
          break;
        }
        case "enum":
        case "enum64":
          if (btf.name(id) !== "") this.tags.set(printer.printedName(id), id);
          for (const value of printer.printedValues(id)) this.words.set(value, id);
          break;
        case "typedef":
          this.words.set(printer.printedName(id), id);
          break;
        default:
      }
    }
    for (const [name, id] of printer.kfuncs.ids) this.words.set(name, id);
  }

  /** The declarations of those names that have one. */
  find({ tags, words }: SourceNames): Set<number> {
    const found = new Set<number>();
    const add = (id: number | undefined): void => void (id === undefined || found.add(id));
    for (const tag of tags) add(this.tags.get(tag));
    for (const word of words) add(this.words.get(word));
    return found;
  }

  /** Everything that can be found. */
  all(): Set<number> {
    return new Set([...this.tags.values(), ...this.words.values()]);
  }
}
