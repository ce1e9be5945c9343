import yaml from "js-yaml";
import { z } from "zod";
import { strict } from "../../config/problems.ts";
import type { PlainObject } from "../../config/merge.ts";

/** The API server's pod sees this folder of the node. */
export const auditPolicyPath = "/srv/kubernetes/kube-apiserver/audit-policy.yaml";

/**
 * Who did what to what and when, of everything that changes or reads something secret; bodies only of changes to access
 * rights. Left out: what components of the cluster read all the time. Never the content of secrets or tokens.
 */
const defaultPolicy: PlainObject = {
  apiVersion: "audit.k8s.io/v1",
  kind: "Policy",
  omitStages: ["RequestReceived"],
  rules: [
    { level: "None", nonResourceURLs: ["/healthz*", "/livez*", "/readyz*", "/version", "/openapi/*"] },
    {
      level: "None",
      resources: [
        { group: "", resources: ["events"] },
        { group: "events.k8s.io", resources: ["events"] },
      ],
    },
    { level: "None", resources: [{ group: "coordination.k8s.io", resources: ["leases"] }] },
    {
      level: "Metadata",
      resources: [
        { group: "", resources: ["secrets", "configmaps", "serviceaccounts/token"] },
        { group: "authentication.k8s.io", resources: ["tokenreviews"] },
      ],
    },
    {
      level: "None",
      userGroups: ["system:nodes", "system:serviceaccounts:kube-system"],
      verbs: ["get", "list", "watch"],
    },
    {
      level: "None",
      users: ["system:kube-controller-manager", "system:kube-scheduler", "system:kube-proxy", "system:apiserver"],
      verbs: ["get", "list", "watch"],
    },
    {
      level: "RequestResponse",
      verbs: ["create", "update", "patch", "delete", "deletecollection"],
      resources: [{ group: "rbac.authorization.k8s.io" }],
    },
    { level: "Metadata" },
  ],
};

const policy = z
  .looseObject({
    apiVersion: z.literal("audit.k8s.io/v1").describe("audit.k8s.io/v1."),
    kind: z.literal("Policy").describe("Policy."),
    rules: z
      .array(z.unknown())
      .min(1, { error: "needs at least one rule" })
      .describe("The first rule that matches a request decides what is noted of it."),
  })
  .describe(
    "A Kubernetes audit policy (`apiVersion: audit.k8s.io/v1`, `kind: Policy`). Default: one that notes every " +
      "change and every reading of secrets, without their content, and leaves out what components read all the time.",
  );

export const auditLog = z
  .union(
    [
      z.boolean(),
      strict({
        policy: policy.optional(),
        maxAgeDays: z
          .int()
          .min(1)
          .max(3650)
          .default(30)
          .describe("Days that a log file is kept on the node. Default: 30."),
        maxFiles: z
          .int()
          .min(1)
          .max(1000)
          .default(10)
          .describe("Old log files that are kept on the node. Default: 10."),
        maxSizeMB: z
          .int()
          .min(1)
          .max(10_000)
          .default(100)
          .describe("Size in megabytes at which a new log file is begun. Default: 100."),
      }),
    ],
    { error: "must be true, false, or a mapping of policy, maxAgeDays, maxFiles and maxSizeMB" },
  )
  .default(true)
  .describe(
    "Log of who did what by the API, in /var/log/kube-apiserver-audit.log of each control-plane node, whose disk " +
      "it uses; ship it from there, for it goes with the node. Changing it replaces the control-plane nodes. " +
      "Default: true.",
  );

const defaults = { policy: undefined, maxAgeDays: 30, maxFiles: 10, maxSizeMB: 100 };

/** The audit log's part of `kubeAPIServer` and of `fileAssets`. */
export function composeAudit(request: z.output<typeof auditLog>): {
  kubeAPIServer: PlainObject;
  fileAssets: PlainObject[];
} {
  if (request === false) return { kubeAPIServer: {}, fileAssets: [] };
  const { policy: given, maxAgeDays, maxFiles, maxSizeMB } = request === true ? defaults : request;
  return {
    kubeAPIServer: {
      auditLogPath: "/var/log/kube-apiserver-audit.log",
      auditLogMaxAge: maxAgeDays,
      auditLogMaxBackups: maxFiles,
      auditLogMaxSize: maxSizeMB,
      auditPolicyFile: auditPolicyPath,
    },
    fileAssets: [
      {
        name: "audit-policy",
        path: auditPolicyPath,
        roles: ["ControlPlane"],
        content: yaml.dump(given ?? defaultPolicy, { lineWidth: -1, noRefs: true }),
      },
    ],
  };
}
