export { chosenAccess } from "./choice.ts";
export { openWay } from "./connection.ts";
export type { Access } from "./connection.ts";
