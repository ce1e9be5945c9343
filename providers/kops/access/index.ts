export { chosenAccess } from "./choice.ts";
export { mendKubeconfig, serverForKops } from "./server.ts";
export { openWay } from "./connection.ts";
export type { Access } from "./connection.ts";
