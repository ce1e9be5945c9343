/**
 * Shapes of the cluster. A change between any two of them gives every step of an update something to do, but for
 * CloudApplied: kOps leaves something to it only when `version` rises. `access` begins the two ranges that may reach
 * the API; kOps keeps the rules of the former ranges until `--prune`. The secret is a docker config, for which nothing
 * rolls.
 */
export const shapes = [
  { version: "1.34.3", controlPlane: "t3.medium", nodes: "t3.large", group: "blue", access: "192.0.2." },
  { version: "1.34.4", controlPlane: "t3.large", nodes: "t3.xlarge", group: "green", access: "198.51.100." },
  { version: "1.34.5", controlPlane: "t3.xlarge", nodes: "t3.2xlarge", group: "red", access: "203.0.113." },
] as const;
export type Shape = 0 | 1 | 2;

export function nextShape(shape: Shape): Shape {
  return ((shape + 1) % shapes.length) as Shape;
}

/** Whether the next shape has a newer Kubernetes. */
export const rises = (shape: Shape): boolean => nextShape(shape) > shape;

/** The docker config of a shape. */
export const secretOf = (shape: Shape): string =>
  JSON.stringify({ auths: { "registry.example.com": { auth: shapes[shape].group } } });
