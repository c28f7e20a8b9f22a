export { examine, fixesOf, type Examination, type Examined } from "./examine.ts";
export type { Fix, State } from "./finding.ts";
export { thisMachine, type Machine } from "./machine.ts";
