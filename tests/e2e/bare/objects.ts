import type { BareCheckout } from "./index.ts";

/** A pod on this node, which ends at once when it is deleted. */
export function podOn(node: string, name: string): object {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, labels: { app: name } },
    spec: { nodeName: node, terminationGracePeriodSeconds: 0, containers: [{ name: "web", image: "web" }] },
  };
}

/** A PodDisruptionBudget that lets the only pod of an app never go. */
export function budgetOf(app: string, name: string = app): object {
  return {
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata: { name },
    spec: { minAvailable: 1, selector: { matchLabels: { app } } },
  };
}

/** `kubectl apply` of objects on the cluster k1. */
export async function applyObjects(bare: BareCheckout, ...items: readonly object[]): Promise<void> {
  await bare.write("objects.json", JSON.stringify({ apiVersion: "v1", kind: "List", items }));
  await bare.kubectl("k1", "apply", "-f", `${bare.folder}/objects.json`);
}
