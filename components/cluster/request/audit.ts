import yaml from "js-yaml";
import { z } from "zod";
import { strict, type Issue } from "../../config/problems.ts";
import { isPlainObject, type PlainObject } from "../../config/merge.ts";

/** The API server's pod mounts this folder of the node. */
const auditPolicyPath = "/srv/kubernetes/kube-apiserver/audit-policy.yaml";

/**
 * Logs every change and every read of a secret: who, what and when. Request bodies are logged only for changes to
 * access rights; secrets and tokens never are. Routine reads by the cluster's own components are left out.
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
      .describe("The first rule that matches a request decides what is logged."),
  })
  .describe(
    "A Kubernetes audit policy (`apiVersion: audit.k8s.io/v1`, `kind: Policy`). Default: a policy that logs " +
      "every change and every read of secrets, without their content, but not the routine reads of components.",
  );

const auditLog = z
  .union(
    [
      z.boolean(),
      strict({
        policy: policy.optional(),
        maxAgeDays: z.int().min(1).max(3650).default(30).describe("Days that the node keeps a log file. Default: 30."),
        maxFiles: z.int().min(1).max(1000).default(10).describe("Old log files that the node keeps. Default: 10."),
        maxSizeMB: z
          .int()
          .min(1)
          .max(10_000)
          .default(100)
          .describe("Size in megabytes at which a new log file starts. Default: 100."),
      }),
    ],
    { error: "must be true, false, or a mapping of policy, maxAgeDays, maxFiles and maxSizeMB" },
  )
  .default(true)
  .describe(
    "Log of who did what through the API, in /var/log/kube-apiserver-audit.log on the disk of each control-plane " +
      "node. Ship it from there: it is lost with the node. Changing it replaces the control-plane nodes. Default: " +
      "true.",
  );

export const auditKeys = { auditLog };

type AuditRequest = z.output<z.ZodObject<typeof auditKeys>>;

const defaults = { policy: undefined, maxAgeDays: 30, maxFiles: 10, maxSizeMB: 100 };

/** Lists of the escape hatch replace: `fileAssets` without the audit policy would leave the API server without it. */
export function auditProblems({ auditLog: audit }: AuditRequest, kops: PlainObject = {}): Issue[] {
  const assets = kops["fileAssets"];
  if (audit === false || !Array.isArray(assets)) return [];
  if (assets.some((asset: unknown) => isPlainObject(asset) && asset["path"] === auditPolicyPath)) return [];
  return [
    {
      path: ["kops", "cluster", "fileAssets"],
      message:
        "replaces the file of the audit policy, and the API server does not start without it: add a file at " +
        `${auditPolicyPath}, or write auditLog: false`,
    },
  ];
}

/** The API server's flags for the log, and the policy as a file on control-plane nodes. */
export function composeAudit({ auditLog: request }: AuditRequest): PlainObject {
  if (request === false) return {};
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
