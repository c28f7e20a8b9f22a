/** What is imported as a program. */
export const sourceFilter: RegExp = /\.bpf\.c$/;
