import { bufferCases } from "./buffers.ts";
import type { ContractCase } from "./call.ts";
import { mapCases } from "./maps.ts";
import { programCases } from "./programs.ts";

/** What the native and the fake kernel must both do. */
export const contract: readonly ContractCase[] = [...mapCases, ...programCases, ...bufferCases];
