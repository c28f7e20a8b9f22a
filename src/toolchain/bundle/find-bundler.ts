import { NativeError } from "../../errors.ts";
import { findPeer } from "../peers/index.ts";
import type { Bundler } from "./bundler.ts";
import { esbuildBundler } from "./esbuild.ts";
import { rolldownBundler } from "./rolldown.ts";

/** The project's rolldown or esbuild, else one that is installed beside tsbpf. NATIVE: there is none. */
export function findBundler(project: string): Bundler {
  const peers = ["rolldown", "esbuild"].map((name) => findPeer(name, project));
  const usable = peers.filter((peer) => peer !== undefined && isKnown(peer.name, peer.version));
  const peer = usable.find((candidate) => candidate?.origin === "project") ?? usable[0];
  if (peer !== undefined) return peer.name === "esbuild" ? esbuildBundler(peer) : rolldownBundler(peer);
  const found = peers.flatMap((old) => (old === undefined ? [] : [`${old.name} ${old.version}`]));
  throw new NativeError(
    `expected the package rolldown (1 or later) or esbuild (0.21 or later) to bundle with, found ${found.join(", ") || "neither"}`,
    found,
    ["npm install --save-dev rolldown"],
  );
}

/** Older ones have another API. */
function isKnown(name: string, version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return name === "rolldown" ? major >= 1 : major > 0 || minor >= 21;
}
