export { findPeer, packageFolder, type Peer } from "./find-peer.ts";
