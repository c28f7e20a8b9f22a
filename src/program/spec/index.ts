export type * from "./types.ts";
export type * from "./object-types.ts";
