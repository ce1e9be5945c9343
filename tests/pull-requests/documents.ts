import type { PlanDocument } from "../../providers/kops/plan/document/plan-document.ts";
import type { PreviewDocument, ResourceChange } from "../../pull-requests/preview/document.ts";

/** A plan that rolls the workers of a cluster. */
export function plan(changes: Partial<PlanDocument> = {}): PlanDocument {
  return {
    version: 1,
    cluster: "k1.sbx.pilot.internal",
    stateStore: "s3://state",
    digest: "0123456789abcdef",
    spec: "fedcba9876543210",
    toBeFinished: [],
    changes: [{ path: "instanceGroups.nodes.machineType", kind: "rolls", groups: ["nodes"] }],
    create: [],
    modify: [{ kind: "LaunchTemplate", name: "nodes.k1.sbx.pilot.internal", fields: ["InstanceType"] }],
    remove: [],
    prune: [],
    rolls: [{ group: "nodes", controlPlane: false, nodes: 5, now: 3 }],
    leaves: [],
    upgrades: [],
    oneWay: [],
    blocking: [],
    skew: [],
    heldBack: [],
    estimate: { seconds: 570, text: "about 9m30s" },
    notChecked: [],
    ...changes,
  };
}

export function resource(changes: Partial<ResourceChange> = {}): ResourceChange {
  const { type = "aws:ec2/vpcEndpoint:VpcEndpoint", name = "sbx-dynamodb" } = changes;
  return {
    op: "create",
    urn: `urn:pulumi:sbx::pilot::${type}::${name}`,
    type,
    name,
    details: [],
    digests: {},
    ...changes,
  };
}

export const clusterChange = (name = "k1"): ResourceChange =>
  resource({ op: "update", type: "pulumi-nodejs:dynamic/kops:Cluster", name });

export function preview(changes: Partial<PreviewDocument> = {}): PreviewDocument {
  return {
    version: 1,
    stack: "sbx",
    status: "planned",
    problems: [],
    resources: [resource(), clusterChange()],
    unchanged: 71,
    clusters: [plan()],
    ...changes,
  };
}
