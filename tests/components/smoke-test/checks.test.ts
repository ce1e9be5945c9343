import { expect } from "chai";
import {
  runChecks,
  type Asked,
  type Checks,
  type ClusterApi,
  type SeenPod,
} from "../../../components/smoke-test/checks.ts";
import type { SeenNode } from "../../../components/smoke-test/pod.ts";

interface NodeSeen {
  name: string;
  version?: string;
  ready?: boolean;
  leaving?: boolean;
}

const nodeOf = ({ name, version = "v1.34.3", ready = true, leaving = false }: NodeSeen): SeenNode => ({
  metadata: { name, ...(leaving && { deletionTimestamp: new Date(0) }) },
  status: {
    nodeInfo: { kubeletVersion: version },
    conditions: [{ type: "Ready", status: ready ? "True" : "False", message: "container runtime is down" }],
  },
});

type Status = NonNullable<SeenPod["status"]>;
type Terminated = NonNullable<NonNullable<NonNullable<Status["containerStatuses"]>[number]["state"]>["terminated"]>;

const pod = (phase: string, terminated?: Terminated, more: Status = {}): SeenPod => ({
  spec: { nodeName: "i-1" },
  status: { phase, containerStatuses: [{ state: terminated ? { terminated } : {} }], ...more },
});

const good = { exitCode: 0, message: "kubernetes.default 100.64.0.1\n" };

/** What the API answers, one after another; the last answer stays. */
interface Answers {
  unreachable?: string;
  nodes?: NodeSeen[][];
  pods?: SeenPod[];
  /** The answer to the first creation is lost. */
  lost?: boolean;
  leaves?: string;
}

interface Result {
  checks: Checks;
  said: string[];
  made: Parameters<ClusterApi["createPod"]>[0][];
  deleted: string[];
}

async function run(
  { unreachable, nodes = [[{ name: "i-1" }]], pods = [pod("Succeeded", good)], lost = false, leaves }: Answers,
  wish: Partial<Asked> = {},
): Promise<Result> {
  const said: string[] = [];
  const made: Result["made"] = [];
  const deleted: string[] = [];
  let time = 0;
  const next = <T>(list: T[]): T => (list.length > 1 ? list.shift() : list[0]) as T;
  const checks = await runChecks(
    {
      answers: () => (unreachable === undefined ? Promise.resolve() : Promise.reject(new Error(unreachable))),
      nodes: () => Promise.resolve(next(nodes).map(nodeOf)),
      createPod: (body) => {
        made.push(body);
        return lost && made.length === 1 ? Promise.reject(new Error("socket hang up")) : Promise.resolve();
      },
      pod: () => Promise.resolve(next(pods)),
      deletePod: (name) => {
        deleted.push(name);
        return leaves === undefined ? Promise.resolve() : Promise.reject(new Error(leaves));
      },
    },
    {
      kubernetesVersion: "1.34.3",
      olderNodes: false,
      image: "registry/image:1",
      namespace: "default",
      names: ["kubernetes.default"],
      timeoutSeconds: 2,
      ...wish,
    },
    {
      say: (text) => said.push(text),
      now: () => time,
      sleep: (milliseconds) => {
        time += milliseconds;
        return Promise.resolve();
      },
      suffix: "0a1b",
    },
  );
  return { checks, said, made, deleted };
}

describe("the checks of the smoke test", () => {
  it("report what they saw of a healthy cluster, and remove their pod", async () => {
    const { checks, made, deleted } = await run({
      nodes: [[{ name: "i-1" }, { name: "i-2" }, { name: "i-3", version: "v1.33.0", leaving: true }]],
    });
    expect(Object.keys(checks)).to.deep.equal(["api", "nodes", "pod", "dns"]);
    expect(checks.nodes).to.deep.include({ ok: true, nodes: 2, versions: { "v1.34.3": 2 } });
    expect(checks.pod).to.deep.include({ ok: true, node: "i-1" });
    expect(checks.dns).to.deep.equal({ ok: true, addresses: { "kubernetes.default": "100.64.0.1" } });
    expect(made).to.have.length(1);
    expect(made[0]?.spec.containers[0]).to.deep.include({ image: "registry/image:1" });
    expect(made[0]?.spec.containers[0]?.command.slice(-1)).to.deep.equal(["kubernetes.default"]);
    expect(deleted).to.deep.equal(["pilot-smoke-test-0a1b"]);
  });

  it("wait until the cluster is ready, and repeat no reason", async () => {
    const { checks, said } = await run(
      {
        nodes: [[], [], [{ name: "i-1", ready: false }], [{ name: "i-1" }]],
        pods: [pod("Pending"), pod("Succeeded", good)],
      },
      { timeoutSeconds: 20 },
    );
    expect(Object.values(checks).every(({ ok }: { ok: boolean }) => ok)).to.equal(true);
    expect(said).to.deep.equal([
      "the API: passed",
      "nodes: not yet: there is no node",
      "nodes: not yet: i-1 is not ready: container runtime is down",
      "nodes: passed",
      "a scheduled pod: not yet: the pod is Pending",
      "a scheduled pod: passed",
    ]);
  });

  it("create the pod again if the answer was lost, and remove it", async () => {
    const { checks, made, deleted } = await run({ lost: true });
    expect([checks.pod?.ok, made.length, deleted.length]).to.deep.equal([true, 2, 1]);
  });

  it("say which pod is left behind if it cannot be removed", async () => {
    const { checks, said } = await run({ leaves: "forbidden" });
    expect(checks.pod?.ok).to.equal(true);
    expect(said.at(-1)).to.equal("the test's pod default/pilot-smoke-test-0a1b is left behind: forbidden");
  });

  const failures: [string, Answers, keyof Checks, RegExp][] = [
    ["an API that does not answer", { unreachable: "connect ETIMEDOUT" }, "api", /^connect ETIMEDOUT$/],
    [
      "a node that is not ready",
      { nodes: [[{ name: "i-1" }, { name: "i-2", ready: false }]] },
      "nodes",
      /^i-2 is not ready: container runtime is down$/,
    ],
    [
      "a node on another version",
      { nodes: [[{ name: "i-1" }, { name: "i-2", version: "v1.33.5" }]] },
      "nodes",
      /^i-2 runs v1\.33\.5, not v1\.34\.3$/,
    ],
    [
      "a pod that does not fit on a node",
      {
        pods: [
          pod("Pending", undefined, {
            conditions: [{ type: "PodScheduled", status: "False", message: "0/3 nodes are available" }],
          }),
        ],
      },
      "pod",
      /^the pod is not scheduled: 0\/3 nodes are available$/,
    ],
    [
      "an image that cannot be pulled",
      {
        pods: [
          pod("Pending", undefined, {
            containerStatuses: [{ state: { waiting: { reason: "ErrImagePull", message: "not found" } } }],
          }),
        ],
      },
      "pod",
      /^the pod does not start: ErrImagePull \(not found\)$/,
    ],
    [
      "a name that does not resolve",
      { pods: [pod("Failed", { exitCode: 1, message: "kubernetes.default: ;; connection timed out" })] },
      "dns",
      /^kubernetes\.default: ;; connection timed out$/,
    ],
  ];
  for (const [what, answers, check, why] of failures) {
    it(`fail for ${what}, explain it, and leave no pod`, async () => {
      const { checks, made, deleted } = await run(answers);
      expect(checks[check]?.ok).to.equal(false);
      expect(checks[check]?.why).to.match(why);
      expect(deleted).to.have.length(made.length);
    });
  }

  it("accept older nodes while rolls are held back, and say if a node could not show DNS", async () => {
    const { checks } = await run(
      { nodes: [[{ name: "i-1", version: "v1.33.5" }]], pods: [pod("Succeeded", { exitCode: 0 })] },
      { olderNodes: true },
    );
    expect(checks.nodes?.ok).to.equal(true);
    expect(checks.dns).to.deep.equal({ ok: true, shown: false });
  });
});
