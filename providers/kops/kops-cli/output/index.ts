/*
 * Reads all that kOps prints, one file per command. Read against kOps 1.35.0 and 1.36.2, whose binaries have every text
 * that is matched here and every flag of `../flags.ts`. Readers name the place in kOps's source.
 */
export { followDelete, parseListed } from "./delete-cluster.ts";
export type { Listed } from "./delete-cluster.ts";
export { droppedFields } from "./dropped-fields.ts";
export { waitingInstances } from "./get-instances.ts";
export type { FieldValues } from "./field-values.ts";
export { fixKubeconfig, serverIn } from "./kubeconfig.ts";
export { errorIn, versionIn, withoutLogHeader } from "./log.ts";
export { withoutPerpetualDifferences } from "./perpetual-differences.ts";
export { followReplacedNodes, watchStopPoints } from "./roll-nodes.ts";
export { followRoll, readRollLine, readRollTable } from "./rolling-update.ts";
export { findUnread, unreadReason, unreadValueIn } from "./unread-value.ts";
export { unusedFields } from "./unused-fields.ts";
export * from "./update-cluster.ts";
export { validationFailures } from "./validate-cluster.ts";
