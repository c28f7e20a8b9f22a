/** A name of the C source that a declaration file repeats; `source` is the file itself. */
export interface CName {
  readonly kind: "source" | "program" | "map" | "variable" | "type" | "member" | "enumerator";
  readonly name: string;
  /** Of a member or enumerator: the type it is in. */
  readonly owner?: string | undefined;
}

/** A name and where it stands in the text, both counted from 0. */
export interface MarkedName extends CName {
  readonly line: number;
  readonly column: number;
}

/** Remembers names while a text is put together: what stands in front of a name is taken out when all is there. */
export class Marks {
  private readonly names: CName[] = [];

  /** What goes in front of the name. NUL ends every name that comes from an object, so none holds one. */
  mark(name: CName): string {
    this.names.push(name);
    return `\0${this.names.length - 1}\0`;
  }

  /** The text without marks, and where they were. */
  take(marked: string): { readonly text: string; readonly names: readonly MarkedName[] } {
    const names: MarkedName[] = [];
    let text = "";
    let line = 0;
    let lineStart = 0;
    for (const [index, part] of marked.split("\0").entries()) {
      if (index % 2 === 1) {
        const name = this.names[Number(part)];
        if (name !== undefined) names.push({ ...name, line, column: text.length - lineStart });
        continue;
      }
      text += part;
      for (let at = part.indexOf("\n"); at >= 0; at = part.indexOf("\n", at + 1)) {
        line++;
        lineStart = text.length - part.length + at + 1;
      }
    }
    return { text, names };
  }
}
