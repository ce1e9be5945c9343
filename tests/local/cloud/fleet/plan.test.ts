import { expect } from "chai";
import { noFaults } from "../../../../local/cloud/fleet/index.ts";
import type { Instance } from "../../../../local/cloud/fleet/instances.ts";
import type { Node, Pod } from "../../../../local/cloud/fleet/objects.ts";
import { planFleet, type FleetAction, type FleetView } from "../../../../local/cloud/fleet/plan.ts";
import { neverReadyAnnotation, staticPods } from "../../../../local/cloud/fleet/pods.ts";

function instance(id: string, change: Partial<Instance> = {}): Instance {
  return {
    id,
    cluster: "k1.test",
    group: "nodes",
    role: "node",
    running: true,
    zone: "ap-southeast-2a",
    machineType: "t3.large",
    architecture: "amd64",
    ip: "10.0.0.4",
    hostName: `${id}.internal`,
    labels: {},
    ...change,
  };
}

function node(name: string, ready = true): Node {
  return {
    metadata: { name },
    spec: { providerID: `aws:///ap-southeast-2a/${name}` },
    status: { conditions: [{ type: "Ready", status: ready ? "True" : "False" }] },
  };
}

function pod(
  name: string,
  nodeName: string | undefined,
  phase: string,
  change: Partial<Pod["metadata"]> = {},
  restartPolicy = "Always",
): Pod {
  return {
    metadata: { name, namespace: "default", ...change },
    spec: { ...(nodeName === undefined ? {} : { nodeName }), restartPolicy, containers: [{ name: "main" }] },
    status: { phase, conditions: [{ type: "Ready", status: phase === "Running" ? "True" : "False" }] },
  };
}

function staticPodsOf(name: string): Pod[] {
  return staticPods.map((component) => pod(`${component}-${name}`, name, "Running", { namespace: "kube-system" }));
}

function summary(action: FleetAction): string {
  switch (action.do) {
    case "join":
      return `join ${action.instance.id} ${action.ready ? "ready" : "unready"}`;
    case "report":
      return `report ${action.node.metadata.name} ${action.ready ? "ready" : "unready"}`;
    case "mirror":
      return `mirror ${action.component} on ${action.node.metadata.name}`;
    case "leave":
      return `leave ${action.node.metadata.name}`;
    default:
      return `${action.do} ${action.pod.metadata.name}`;
  }
}

const leaving = { deletionTimestamp: "2026-11-21T00:00:00Z" };

const cases: { promise: string; view: Partial<FleetView>; expected: string[] }[] = [
  { promise: "does nothing without machines", view: {}, expected: [] },
  {
    promise: "joins a running instance as a node",
    view: { instances: [instance("i-1")] },
    expected: ["join i-1 ready"],
  },
  {
    promise: "waits for an instance that is not running yet",
    view: { instances: [instance("i-1", { running: false })] },
    expected: [],
  },
  {
    promise: "leaves a healthy node alone",
    view: { instances: [instance("i-1")], nodes: [node("i-1")] },
    expected: [],
  },
  { promise: "removes the node of a terminated instance", view: { nodes: [node("i-1")] }, expected: ["leave i-1"] },
  {
    promise: "leaves a node alone that is not a machine of AWS",
    view: { nodes: [{ metadata: { name: "mine" } }] },
    expected: [],
  },
  {
    promise: "reports the node of a stopped instance as not ready",
    view: { instances: [instance("i-1", { running: false })], nodes: [node("i-1")] },
    expected: ["report i-1 unready"],
  },
  {
    promise: "reports a recovered node as ready",
    view: { instances: [instance("i-1")], nodes: [node("i-1", false)] },
    expected: ["report i-1 ready"],
  },
  {
    promise: "creates only the missing static pods of a control-plane node",
    view: {
      instances: [instance("i-1", { role: "control-plane" })],
      nodes: [node("i-1")],
      pods: staticPodsOf("i-1").slice(1),
    },
    expected: ["mirror kube-apiserver on i-1"],
  },
  {
    promise: "creates no static pods on a worker",
    view: { instances: [instance("i-1")], nodes: [node("i-1")], pods: [] },
    expected: [],
  },
  {
    promise: "runs only pods that are bound to a node",
    view: {
      instances: [instance("i-1")],
      nodes: [node("i-1")],
      pods: [pod("bound", "i-1", "Pending"), pod("loose", undefined, "Pending")],
    },
    expected: ["run bound"],
  },
  {
    promise: "ends a pod that is being deleted",
    view: { instances: [instance("i-1")], nodes: [node("i-1")], pods: [pod("p", "i-1", "Running", leaving)] },
    expected: ["finish p"],
  },
  {
    promise: "neither starts nor ends pods on a node that is not ready",
    view: {
      instances: [instance("i-1")],
      nodes: [node("i-1", false)],
      pods: [pod("new", "i-1", "Pending"), pod("old", "i-1", "Running", leaving)],
      faults: { ...noFaults, notReady: ["i-1"] },
    },
    expected: [],
  },
  {
    promise: "ends all pods of a terminated machine, even those that are not being deleted",
    view: { pods: [pod("orphan", "i-1", "Running")] },
    expected: ["finish orphan"],
  },
  {
    promise: "ends a task once",
    view: {
      instances: [instance("i-1")],
      nodes: [node("i-1")],
      pods: [pod("task", "i-1", "Running", {}, "Never"), pod("done", "i-1", "Succeeded", {}, "Never")],
    },
    expected: ["end task"],
  },
  {
    promise: "makes a running pod ready again, unless it must never be ready",
    view: {
      instances: [instance("i-1")],
      nodes: [node("i-1")],
      pods: [
        { ...pod("lost", "i-1", "Running"), status: { phase: "Running", conditions: [] } },
        {
          ...pod("never", "i-1", "Running", { annotations: { [neverReadyAnnotation]: "true" } }),
          status: { phase: "Running" },
        },
      ],
    },
    expected: ["run lost"],
  },
  {
    promise: "keeps out machines that must never join, by id or by group",
    view: {
      instances: [instance("i-1"), instance("i-2", { group: "broken" }), instance("i-3")],
      faults: { ...noFaults, neverJoin: ["i-1", "broken"] },
    },
    expected: ["join i-3 ready"],
  },
  {
    promise: "joins machines as not ready that must not be ready",
    view: { instances: [instance("i-1")], faults: { ...noFaults, notReady: ["nodes"] } },
    expected: ["join i-1 unready"],
  },
];

describe("fleet plan", () => {
  for (const { promise, view, expected } of cases) {
    it(promise, () => {
      const actions = planFleet({ instances: [], nodes: [], pods: [], faults: noFaults, ...view });
      expect(actions.map(summary)).to.deep.equal(expected);
    });
  }
});
