import { ByteReader } from "../../format/bytes/index.ts";
import type { Btf } from "../../format/btf/index.ts";
import { BTF_HEADER_SIZE, BtfEditor, type EditedType } from "./btf-editor.ts";
import type { MachineFeatures } from "./types.ts";

/** `BTF_VAR_GLOBAL_ALLOCATED` and `BTF_FUNC_GLOBAL`. */
const GLOBAL = 1;
const STATIC = 0;
/** `BTF_INT_ENC(0, 0, 8)`: an unsigned int of 8 bits. */
const INT8 = 8;
/** `BTF_INT_ENC(BTF_INT_SIGNED, 0, 32)`. */
const INT32 = 0x0100_0020;

/**
 * The `.BTF` bytes for BPF_BTF_LOAD: the extern declarations of `.ksyms` made into what the kernel takes, and
 * what the kernel does not know yet replaced by something of the same shape (RULES 46). Ids do not move, and
 * neither do string offsets, which line info refers to. The object's own BTF stays as it is.
 */
export function sanitiseBtf(btf: Btf, features: MachineFeatures): Uint8Array {
  return isAcceptable(btf, features) ? btf.bytes.slice() : sanitise(new BtfEditor(btf), features);
}

/** Whether the kernel takes the BTF as it is: the usual case, in which tens of thousands of types need no walk. */
function isAcceptable(btf: Btf, features: MachineFeatures): boolean {
  const complete =
    features.btfFunc &&
    features.btfFuncGlobal &&
    features.btfDatasec &&
    features.btfFloat &&
    features.btfDeclTag &&
    features.btfTypeTag &&
    features.btfEnum64 &&
    features.btfQmarkDatasec;
  const headerSize = new ByteReader(btf.bytes, btf.littleEndian).u32(4);
  return complete && headerSize === BTF_HEADER_SIZE && btf.find(".ksyms", "datasec") === undefined;
}

/** The same for BTF that types were appended to. */
export function sanitise(editor: BtfEditor, features: MachineFeatures): Uint8Array {
  const { btf } = editor;
  for (const type of editor.types) {
    if (type.kind === "datasec" && btf.name(type.id) === ".ksyms") allocateKsyms(editor, type, features);
  }
  const replace = new Replacement(editor, features);
  for (const type of editor.types) replace.type(type);
  return editor.finish();
}

/**
 * The verifier of BTF knows no extern in a data section: each becomes a 4-byte int, as libbpf does it. An extern
 * function is replaced in the section by one dummy variable, and itself becomes global, for which the kernel
 * wants named parameters.
 */
function allocateKsyms(editor: BtfEditor, section: EditedType, features: MachineFeatures): void {
  const { btf } = editor;
  let dummyName: number | undefined;
  let dummy: number | undefined;
  let int: number | undefined;
  const someInt = (): number => (int ??= find32BitInt(btf) ?? editor.addType("int", "int", 0, [4, INT32]));
  const entries = editor.elements(section);
  entries.forEach((entry, index) => {
    const member = editor.types[editor.u32(entry) - btf.firstId];
    if (member?.kind === "func") {
      const name = (dummyName ??= editor.addString("dummy_ksym"));
      // Where variables are replaced (see below), so is this one.
      dummy ??= features.btfDatasec
        ? editor.addType("var", name, 0, [someInt(), GLOBAL])
        : editor.addType("int", name, 0, [1, INT8]);
      editor.setInfo(member, "func", GLOBAL);
      nameParameters(editor, editor.u32(member.at + 8), name);
      editor.setU32(entry, dummy);
    } else if (member?.kind === "var") {
      editor.setU32(member.at + 8, someInt());
      editor.setU32(member.at + 12, GLOBAL);
    }
    editor.setU32(entry + 4, index * 4);
    editor.setU32(entry + 8, 4);
  });
  editor.setU32(section.at + 8, entries.length * 4);
}

function find32BitInt(btf: Btf): number | undefined {
  for (let id = btf.firstId; id < btf.endId; id++) {
    if (btf.kind(id) !== "int") continue;
    const type = btf.type(id);
    if (type.kind === "int" && type.bits === 32) return id;
  }
  return undefined;
}

function nameParameters(editor: BtfEditor, prototype: number, name: number): void {
  const type = editor.types[prototype - editor.btf.firstId];
  if (type?.kind !== "func_proto") return;
  for (const parameter of editor.elements(type)) {
    // Type 0 is the `...` at the end, which must stay without a name.
    if (editor.u32(parameter) === 0 && editor.u32(parameter + 4) !== 0) editor.setU32(parameter, name);
  }
}

/** RULES 46, kind by kind. */
class Replacement {
  private readonly editor: BtfEditor;
  private readonly has: MachineFeatures;
  private enum64Member: number | undefined;
  /** Offset of a name for what has none. */
  private unnamed: number | undefined;

  constructor(editor: BtfEditor, features: MachineFeatures) {
    this.editor = editor;
    this.has = features;
  }

  type(type: EditedType): void {
    const { editor, has } = this;
    switch (type.kind) {
      case "var":
        if (!has.btfDatasec) this.byteSized(type);
        break;
      case "decl_tag":
        if (!has.btfDeclTag) this.byteSized(type);
        break;
      case "datasec":
        if (!has.btfDatasec) this.structOf(type);
        else if (!has.btfQmarkDatasec) this.renameSection(type, /^\?/);
        break;
      case "func_proto":
        if (has.btfFunc) break;
        // Parameters {name, type} read as enumerators {name, value}; the kernel wants 4 bytes, and a name for
        // each, which function pointers often do not give (libbpf leaves those, and such BTF is refused).
        editor.setInfo(type, "enum", type.length);
        editor.setU32(type.at + 8, 4);
        for (const parameter of editor.elements(type)) {
          if (editor.u32(parameter) === 0) {
            editor.setU32(parameter, (this.unnamed ??= editor.addString("unnamed")));
          }
        }
        break;
      case "func":
        if (!has.btfFunc) editor.setInfo(type, "typedef", 0);
        else if (!has.btfFuncGlobal) editor.setInfo(type, "func", STATIC);
        break;
      case "float":
        if (has.btfFloat) break;
        // No C compiler takes `float` as the name of a struct.
        editor.setU32(type.at, 0);
        editor.setInfo(type, "struct", 0);
        break;
      case "type_tag":
        if (has.btfTypeTag) break;
        editor.setU32(type.at, 0);
        editor.setInfo(type, "const", 0);
        break;
      case "enum":
        // kind_flag (signed values) came with enum64.
        if (!has.btfEnum64) editor.setInfo(type, "enum", type.length);
        break;
      case "enum64":
        if (!has.btfEnum64) this.unionOf(type);
        break;
      default:
    }
  }

  /** 1 byte is the safe size: whatever the variable was, the int is not larger. */
  private byteSized(type: EditedType): void {
    this.editor.setInfo(type, "int", 0);
    this.editor.setU32(type.at + 8, 1);
    this.editor.setU32(type.at + 12, INT8);
  }

  /** {type, offset, size} becomes {name, type, bit offset}: the variables' names serve as the members'. */
  private structOf(type: EditedType): void {
    const { editor } = this;
    // Dots, question marks, and what else a section may be called (libbpf knows those two only).
    this.renameSection(type, /\W/g);
    editor.setInfo(type, "struct", type.length);
    for (const entry of editor.elements(type)) {
      const [id, offset] = [editor.u32(entry), editor.u32(entry + 4)];
      editor.setU32(entry, editor.nameOffset(id));
      editor.setU32(entry + 4, id);
      editor.setU32(entry + 8, offset * 8);
    }
  }

  /** Under a new string: the old one may be the name of something else too. */
  private renameSection(type: EditedType, unwanted: RegExp): void {
    const name = this.editor.btf.name(type.id);
    const renamed = name.replace(unwanted, "_");
    if (renamed !== name) this.editor.setU32(type.at, this.editor.addString(renamed));
  }

  /** {name, low, high} becomes {name, type, 0}. */
  private unionOf(type: EditedType): void {
    const { editor } = this;
    this.enum64Member ??= editor.addType("int", "enum64_placeholder", 0, [1, INT8]);
    editor.setInfo(type, "union", type.length);
    for (const value of editor.elements(type)) {
      editor.setU32(value + 4, this.enum64Member);
      editor.setU32(value + 8, 0);
    }
  }
}
