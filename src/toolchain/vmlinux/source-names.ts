import { parseLineMarker } from "../clang/index.ts";

/** What a preprocessed source mentions. */
export interface SourceNames {
  /** Tags behind `struct`, `union` and `enum`. */
  readonly tags: ReadonlySet<string>;
  /** All other words: typedefs, constants, functions, and much that is none of these. */
  readonly words: ReadonlySet<string>;
}

const mention = /\b(?:struct|union|enum)\s+(?:__attribute__\s*\(\(.*?\)\)\s*)*([A-Za-z_]\w*)|[A-Za-z_]\w*/g;

/**
 * The names in the output of `clang -E`, where macros are gone. Words inside of texts count too: sections and type tags
 * name types. Tags are taken from files that are no BPF headers: those declare for themselves the dozens of structs that
 * the prototypes of all helpers point to.
 */
export function sourceNames(preprocessed: string, isBpfHeader: (file: string) => boolean): SourceNames {
  const tags = new Set<string>();
  const words = new Set<string>();
  let foreign = false;
  for (const line of preprocessed.split("\n")) {
    const marker = parseLineMarker(line);
    if (marker !== undefined) {
      foreign = isBpfHeader(marker.file);
      continue;
    }
    for (const [word, tag] of line.matchAll(mention)) {
      if (tag === undefined) words.add(word);
      else if (!foreign) tags.add(tag);
    }
  }
  return { tags, words };
}

/** The names in the compiler's messages, which it quotes: `incomplete definition of type 'struct mm_struct'`. */
export function quotedNames(messages: Iterable<string>): SourceNames {
  const tags = new Set<string>();
  const words = new Set<string>();
  for (const message of messages) {
    for (const [, quoted = ""] of message.matchAll(/'([^']+)'/g)) {
      for (const [word, tag] of quoted.matchAll(mention)) {
        if (tag === undefined) words.add(word);
        else tags.add(tag);
      }
    }
  }
  return { tags, words };
}

/** The files that the output of `clang -E` was made of. */
export function filesIn(preprocessed: string): string[] {
  const markers = preprocessed.split("\n").map(parseLineMarker);
  return [...new Set(markers.flatMap((marker) => (marker === undefined ? [] : [marker.file])))];
}
