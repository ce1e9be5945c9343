export { chosenAccess } from "./choice.ts";
export { mendKubeconfig, serverForKops } from "./server.ts";
export { openWay } from "./way.ts";
export type { Access } from "./way.ts";
