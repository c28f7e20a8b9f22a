/** Interface names in text of the form of /proc/net/dev: two lines of headings, then `  eth0: 1 2 …`. */
export function parseInterfaces(text: string): string[] {
  return [...text.matchAll(/^\s*(\S+?):\s*\d/gm)].map((match) => match[1] ?? "");
}
