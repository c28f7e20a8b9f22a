export { findProgram, isExecutable, pathFolders } from "./programs.ts";
export { findPeer, packageFolder, type Peer } from "./find-peer.ts";
