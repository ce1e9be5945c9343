import { once } from "node:events";
import { createServer } from "node:http";
import type { IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

/** An Auto Scaling group as the stub answers it. */
export interface StubGroup {
  name: string;
  min: number;
  max: number;
  desired: number;
}

/** A pod of the stub's Kubernetes API, on the node it runs on. */
export interface StubPod {
  name: string;
  node: string;
}

/** An instance as the stub answers it. */
export interface StubInstance {
  id: string;
  tags: Record<string, string>;
}

/** A node of the stub's Kubernetes API. */
export interface StubNode {
  name: string;
  labels: Record<string, string>;
  version: string;
  cordoned?: boolean;
}

/**
 * AWS and a Kubernetes API on one port of loopback, just as far as a converge asks them: lists of what they were given,
 * and nothing else. For unit tests that run the real code against a recording kOps; the local cloud is the proof of the
 * rest.
 */
export interface StubCloud {
  readonly endpoint: string;
  readonly groups: StubGroup[];
  readonly nodes: StubNode[];
  readonly pods: StubPod[];
  readonly instances: StubInstance[];
  /** Karpenter's objects, by plural; without them the Kubernetes API knows no such kind. */
  readonly karpenter: Record<
    string,
    { metadata: { name: string; annotations?: Record<string, unknown> }; spec: Record<string, unknown> }[]
  >;
  close(): Promise<void>;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

/** `changed` is called with each request that changes something, before it is answered. */
export async function startStubCloud(changed: (what: string) => void | Promise<void>): Promise<StubCloud> {
  const groups: StubGroup[] = [];
  const nodes: StubNode[] = [];
  const pods: StubPod[] = [];
  const instances: StubInstance[] = [];
  const karpenter: StubCloud["karpenter"] = {};

  /** Instances that pass the filters by tag and by key of a tag. */
  const chosenInstances = (parameters: URLSearchParams): StubInstance[] => {
    const filters = [...parameters].flatMap(([key, name]) => {
      const number = /^Filter\.(\d+)\.Name$/.exec(key)?.[1];
      return number === undefined ? [] : [{ name, value: parameters.get(`Filter.${number}.Value.1`) ?? "" }];
    });
    return instances.filter(({ tags }) =>
      filters.every(({ name, value }) =>
        name === "tag-key" ? value in tags : !name.startsWith("tag:") || tags[name.slice("tag:".length)] === value,
      ),
    );
  };

  const aws = async (parameters: URLSearchParams): Promise<string> => {
    const action = parameters.get("Action") ?? "";
    const named = parameters.get("AutoScalingGroupNames.member.1");
    const members = groups
      .filter(({ name }) => named === null || name === named)
      .map(
        ({ name, min, max, desired }) =>
          `<member><AutoScalingGroupName>${name}</AutoScalingGroupName><MinSize>${min}</MinSize><MaxSize>${max}</MaxSize><DesiredCapacity>${desired}</DesiredCapacity></member>`,
      );
    const terminated = [...parameters].filter(([key]) => /^InstanceId\.\d+$/.test(key)).map(([, id]) => id);
    const subject =
      parameters.get("AutoScalingGroupName") ?? parameters.get("InstanceProfileName") ?? terminated.join(" ");
    if (!/^(Describe|Get)/.test(action)) await changed(`${action} ${subject}`.trim());
    if (action === "TerminateInstances")
      instances.splice(0, Infinity, ...instances.filter(({ id }) => !terminated.includes(id)));
    const tagged = (tags: Record<string, string>): string =>
      Object.entries(tags)
        .map(([key, value]) => `<item><key>${key}</key><value>${value}</value></item>`)
        .join("");
    const reserved = chosenInstances(parameters).map(
      ({ id, tags }) =>
        `<item><instancesSet><item><instanceId>${id}</instanceId><tagSet>${tagged(tags)}</tagSet></item></instancesSet></item>`,
    );
    const found =
      action === "DescribeAutoScalingGroups"
        ? `<AutoScalingGroups>${members.join("")}</AutoScalingGroups>`
        : action === "GetInstanceProfile"
          ? `<InstanceProfile><Roles><member><RoleName>${subject}</RoleName></member></Roles></InstanceProfile>`
          : "";
    return `<${action}Response>${action === "DescribeInstances" ? `<reservationSet>${reserved.join("")}</reservationSet>` : ""}<${action}Result>${found}</${action}Result></${action}Response>`;
  };

  const kubernetes = async (
    method: string,
    path: string,
    query: URLSearchParams,
    body: string,
  ): Promise<object | undefined> => {
    if (method === "GET" && path === "/api/v1/nodes") {
      const [key, value] = (query.get("labelSelector") ?? "").split("=");
      const chosen = nodes.filter(
        ({ labels }) => !key || (key in labels && (value === undefined || labels[key] === value)),
      );
      return {
        kind: "NodeList",
        items: chosen.map(({ name, labels, version, cordoned = false }) => ({
          metadata: { name, labels },
          spec: { unschedulable: cordoned, providerID: `aws:///ap-southeast-2a/${name}` },
          status: { nodeInfo: { kubeletVersion: version } },
        })),
      };
    }
    if (method === "GET" && path === "/api/v1/pods") {
      const node = (query.get("fieldSelector") ?? "").replace("spec.nodeName=", "");
      return {
        kind: "PodList",
        items: pods
          .filter((pod) => pod.node === node)
          .map(({ name }) => ({ metadata: { name, namespace: "default" } })),
      };
    }
    const [, plural = "", object] = /^\/apis\/karpenter(?:\.k8s\.aws|\.sh)\/v1\/(\w+)(?:\/([^/]+))?$/.exec(path) ?? [];
    if (method === "GET" && plural in karpenter) return { kind: "List", items: karpenter[plural] };
    if (method === "PATCH" && plural in karpenter) {
      const patch = JSON.parse(body) as {
        metadata: { annotations: Record<string, unknown> };
        spec: { limits: Record<string, unknown> };
      };
      await changed(`patch ${plural} ${object ?? ""} ${JSON.stringify(patch.spec)}`);
      for (const one of karpenter[plural] ?? [])
        if (one.metadata.name === object)
          one.metadata.annotations = { ...one.metadata.annotations, ...patch.metadata.annotations };
      return {};
    }
    const node = /^\/api\/v1\/nodes\/([^/]+)$/.exec(path)?.[1];
    if (method === "PATCH" && node !== undefined) {
      const unschedulable =
        (JSON.parse(body) as { spec?: { unschedulable?: boolean | null } }).spec?.unschedulable === true;
      for (const one of nodes) if (one.name === node) one.cordoned = unschedulable;
      await changed(`${unschedulable ? "cordon" : "uncordon"} ${node}`);
      return { kind: "Node" };
    }
    const pod = /^\/api\/v1\/namespaces\/[^/]+\/pods\/([^/]+)\/eviction$/.exec(path)?.[1];
    if (method === "POST" && pod !== undefined) {
      pods.splice(0, pods.length, ...pods.filter(({ name }) => name !== pod));
      await changed(`evict ${pod}`);
      return { kind: "Status", status: "Success" };
    }
    return undefined;
  };

  const server = createServer((request, response) => {
    void (async () => {
      const { pathname, searchParams } = new URL(request.url ?? "/", "http://stub");
      const body = await bodyOf(request);
      const isKubernetes = pathname.startsWith("/api");
      const object = isKubernetes ? await kubernetes(request.method ?? "GET", pathname, searchParams, body) : undefined;
      response.writeHead(isKubernetes && object === undefined ? 404 : 200, {
        "content-type": isKubernetes ? "application/json" : "text/xml",
      });
      response.end(isKubernetes ? JSON.stringify(object ?? {}) : await aws(new URLSearchParams(body)));
    })();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    groups,
    nodes,
    pods,
    instances,
    karpenter,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
