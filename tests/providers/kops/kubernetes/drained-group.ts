import { ApiException, V1Node, V1NodeList, V1NodeSpec, V1ObjectMeta, V1Pod, V1PodList } from "@kubernetes/client-node";
import { drainInstanceGroup, uncordonInstanceGroup } from "../../../../providers/kops/kubernetes/drain.ts";
import type { DrainApi } from "../../../../providers/kops/kubernetes/drain.ts";
import { sampleInputs } from "../samples.ts";

export const made = <T extends object>(kind: new () => T, fields: Partial<T>): T => Object.assign(new kind(), fields);

/** An answer of the API that is no success: its body is text, as the client leaves it. */
export function answer(
  code: number,
  body: object | string,
  headers: Record<string, string> = {},
): ApiException<string> {
  return new ApiException(
    code,
    "Unknown API Status Code!",
    typeof body === "string" ? body : JSON.stringify(body),
    headers,
  );
}

/** A Status object, as Kubernetes 1.34.3 writes it (pkg/registry/core/pod/storage/eviction.go). */
export function status(code: number, message: string, more: object = {}): object {
  return { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", message, code, ...more };
}

/** The answer to an eviction that a PodDisruptionBudget forbids. */
export function budget(name: string): ApiException<string> {
  return answer(
    429,
    status(429, "Cannot evict pod as it would violate the pod's disruption budget.", {
      reason: "TooManyRequests",
      details: {
        causes: [
          {
            reason: "DisruptionBudget",
            message: `The disruption budget ${name} needs 3 healthy pods and has 3 currently`,
          },
        ],
      },
    }),
  );
}

/** The answer to an eviction of a pod under several budgets. */
export const severalBudgets = (): ApiException<string> =>
  answer(
    500,
    status(500, "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support."),
  );

/** API priority and fairness (tooManyRequests in k8s.io/apiserver/pkg/server/filters/priority-and-fairness.go). */
export const throttled = (seconds = "1"): ApiException<string> =>
  answer(429, "Too many requests, please try again later.\n", { "retry-after": seconds });

/** Nodes of one group and their pods. An evicted pod is gone at once, unless the eviction is refused. */
export class DrainedGroup {
  readonly nodes = new Map<string, { cordoned: boolean; annotated: boolean; pods: Set<string> }>();
  readonly evicted: string[] = [];
  readonly said: string[] = [];
  /** Called before a pod goes: an error keeps it. */
  refuse: (pod: string) => Error | undefined = () => undefined;
  /** Called before each call: an error makes it fail. */
  fail: (call: keyof DrainApi) => Error | undefined = () => undefined;

  constructor(nodes: Record<string, string[]>) {
    for (const [name, pods] of Object.entries(nodes)) this.join(name, pods);
  }

  join(name: string, pods: string[] = []): void {
    this.nodes.set(name, { cordoned: false, annotated: false, pods: new Set(pods) });
  }

  #call<T>(call: keyof DrainApi, work: () => T): Promise<T> {
    const failure = this.fail(call);
    return failure ? Promise.reject(failure) : Promise.resolve().then(work);
  }

  readonly api: DrainApi = {
    listNode: () =>
      this.#call("listNode", () => {
        const items = [...this.nodes].map(([name, { cordoned, annotated }]) =>
          made(V1Node, {
            metadata: made(V1ObjectMeta, { name, ...(annotated && { annotations: { "pilot/leaves": "true" } }) }),
            spec: made(V1NodeSpec, { unschedulable: cordoned, providerID: `aws:///ap-southeast-2a/${name}` }),
          }),
        );
        return made(V1NodeList, { items });
      }),
    patchNode: ({ name, body }) =>
      this.#call("patchNode", () => {
        const node = this.nodes.get(name);
        const cordoned = (body as { spec: { unschedulable: boolean | null } }).spec.unschedulable === true;
        if (node) Object.assign(node, { cordoned, annotated: cordoned });
        return new V1Node();
      }),
    listPodForAllNamespaces: ({ fieldSelector = "" } = {}) =>
      this.#call("listPodForAllNamespaces", () => {
        const pods = this.nodes.get(fieldSelector.replace("spec.nodeName=", ""))?.pods ?? [];
        const items = [...pods].map((name) =>
          made(V1Pod, { metadata: made(V1ObjectMeta, { name, namespace: "default" }) }),
        );
        return made(V1PodList, { items });
      }),
    createNamespacedPodEviction: ({ name, body }) =>
      this.#call("createNamespacedPodEviction", () => {
        const refusal = this.refuse(name);
        if (refusal) throw refusal;
        for (const { pods } of this.nodes.values()) pods.delete(name);
        this.evicted.push(name);
        return body;
      }),
  };

  #context(drainTimeout: string) {
    return {
      inputs: sampleInputs({ rollingUpdate: { drainTimeout, postDrainDelay: "1ms" } }),
      progress: { say: (text: string) => this.said.push(text) },
      signal: new AbortController().signal,
    };
  }

  readonly #instances = (): Promise<Map<string, string>> =>
    Promise.resolve(new Map([...this.nodes.keys()].map((name) => [name, name.startsWith("other") ? "other" : "old"])));

  drain(drainTimeout = "5s"): Promise<void> {
    return drainInstanceGroup(() => Promise.resolve(this.api), "old", this.#context(drainTimeout), this.#instances);
  }

  uncordon(drainTimeout = "5s"): Promise<void> {
    return uncordonInstanceGroup(() => Promise.resolve(this.api), "old", this.#context(drainTimeout), this.#instances);
  }
}
