/**
 * Raised with every change of what is printed for the same BTF: who keeps printed headers asks for it, and does so without
 * loading the printer.
 */
export const HEADER_REVISION = 2;
