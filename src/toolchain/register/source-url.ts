/** Whether what is at this address is imported as a program. */
export function isSource(url: string): boolean {
  return /^file:[^?#]*\.bpf\.c([?#]|$)/.test(url);
}
