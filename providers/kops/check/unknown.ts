/**
 * What the engine sends a dynamic provider for a value that is not known yet (rpc.unknownValue in @pulumi/pulumi,
 * runtime/rpc.ts). Fixed by the plugin protocol.
 */
export const unknownValue = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** Whether anything inside the value is not known yet. */
export function hasUnknown(value: unknown): boolean {
  if (value === unknownValue) return true;
  if (Array.isArray(value)) return value.some(hasUnknown);
  return value !== null && typeof value === "object" && Object.values(value).some(hasUnknown);
}
