export { chosenAccess } from "./choice.ts";
export { openConnection } from "./connection.ts";
export type { Access } from "./connection.ts";
