export { findStoredEntry } from "./stored-entry.ts";
