export { bunExecutable, findBun } from "./bun.ts";
export { nodeExecutable, requireNode } from "./node.ts";
export { refuseOtherTarget } from "./target.ts";
