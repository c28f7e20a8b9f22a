export { bunExecutable, findBun } from "./bun.ts";
export { nodeExecutable, requireNode } from "./node.ts";
export { refuseOtherTarget } from "./target.ts";
export type { Executable, ExecutableRequest, ExecutableStep } from "./request.ts";
