/** A line in preprocessed C that says where what follows comes from: `# 12 "file.h" 1 3`. */
export interface LineMarker {
  readonly line: number;
  readonly file: string;
  /** `1`: a file begins; `2`: it goes on after another one; undefined: neither. */
  readonly step: "1" | "2" | undefined;
}

/** The line as a marker; undefined: it is none. */
export function parseLineMarker(line: string): LineMarker | undefined {
  const match = /^# (\d+) "((?:[^"\\]|\\.)*)"((?: \d)*)$/.exec(line);
  if (match === null) return undefined;
  const [, number, name = "", flags = ""] = match;
  const step = /[12]/.exec(flags)?.[0];
  return {
    line: Number(number),
    file: unescaped(name),
    step: step === "1" || step === "2" ? step : undefined,
  };
}

/** Clang writes what is not ASCII byte by byte in octal: `\303\274` is ü. */
function unescaped(name: string): string {
  if (!name.includes("\\")) return name;
  const bytes = name.replaceAll(/\\([0-7]{3}|.)/g, (_, code: string) =>
    code.length === 3 ? String.fromCharCode(Number.parseInt(code, 8)) : ({ n: "\n", t: "\t" }[code] ?? code),
  );
  return Buffer.from(bytes, "latin1").toString();
}
