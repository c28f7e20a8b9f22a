import { existsSync, readFileSync } from "node:fs";
import { isAbsolute, resolve } from "node:path";
import { readDeclarations, type Declaration } from "../../format/dwarf/index.ts";
import { readElf } from "../../format/elf/index.ts";
import type { MarkedName } from "../../program/codegen/index.ts";
import { prefixMaps, type CompileSettings } from "../clang/index.ts";
import type { Project } from "./project.ts";

/** A place in a file, counted from 0. */
interface FilePlace {
  /** Absolute. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** A declaration in a macro's arguments, or an enumerator, stands at most this many lines below what DWARF names. */
const NEAR_LINES = 200;

/** Where the names of one source are declared, by the DWARF of its object and, within a line, by the text. */
export class SourcePlaces {
  private readonly project: Project;
  private readonly settings: CompileSettings;
  private readonly declarations = new Map<string, Declaration>();
  private readonly lines = new Map<string, readonly string[]>();
  private readonly source: string;

  /** `object` is as the compiler wrote it. */
  constructor(project: Project, settings: CompileSettings, source: string, object: Uint8Array) {
    this.project = project;
    this.settings = settings;
    this.source = resolve(project.root, source);
    for (const declaration of readDeclarations(readElf(object))) {
      const key = keyOf(declaration.kind, declaration.name, declaration.owner);
      if (!this.declarations.has(key)) this.declarations.set(key, declaration);
    }
  }

  /** Undefined: the compiler does not say, as of a section of variables. */
  placeOf({ kind, name, owner }: MarkedName): FilePlace | undefined {
    switch (kind) {
      case "source":
        return { file: this.source, line: 0, column: 0 };
      case "program":
        return this.find("function", name);
      case "map":
      case "variable":
        return this.find("variable", name);
      case "enumerator":
        return this.find("type", owner ?? "", undefined, name);
      default:
        return this.find(kind, name, owner);
    }
  }

  private find(kind: Declaration["kind"], name: string, owner?: string, text = name): FilePlace | undefined {
    const declaration = this.declarations.get(keyOf(kind, name, owner));
    const file = declaration === undefined ? undefined : this.pathOf(declaration.file);
    if (declaration === undefined || file === undefined) return undefined;
    const first = declaration.line - 1;
    const word = new RegExp(`\\b${text}\\b`);
    const near = this.linesOf(file).slice(first, first + NEAR_LINES);
    const line = near.findIndex((candidate) => word.test(candidate));
    return line < 0
      ? { file, line: first, column: 0 }
      : { file, line: first + line, column: near[line]?.search(word) ?? 0 };
  }

  /** The compiler was told to call folders of ours by short names. */
  private pathOf(file: string): string | undefined {
    const inProject = resolve(this.project.root, file);
    if (isAbsolute(file) || existsSync(inProject)) return inProject;
    const [name = "", ...rest] = file.split("/");
    const folder = prefixMaps(this.settings).get(name);
    return folder === undefined ? undefined : resolve(folder, ...rest);
  }

  private linesOf(file: string): readonly string[] {
    const known = this.lines.get(file);
    if (known !== undefined) return known;
    const lines = existsSync(file) ? readFileSync(file, "utf8").split("\n") : [];
    this.lines.set(file, lines);
    return lines;
  }
}

function keyOf(kind: string, name: string, owner: string | undefined): string {
  return `${kind} ${owner ?? ""} ${name}`;
}
