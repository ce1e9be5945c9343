import { z } from "zod";
import { iamMappingProblem } from "../../providers/kops/model/iam-principals.ts";
import { strict } from "../config/problems.ts";

const label = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const objectName = z.string().regex(/^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/, {
  error: "must be a name of lower case letters, digits, hyphens and dots",
});
const labels = z.record(z.string().min(1), z.string());

/** A Kubernetes quantity; YAML numbers are allowed, too. */
const amount = { error: "must be a Kubernetes quantity, such as 10, 500m or 64Gi" };
const quantity = z
  .union(
    [z.string().regex(/^\d+(\.\d+)?(m|k|Ki|M|Mi|G|Gi|T|Ti|P|Pi)?$/, amount), z.number().nonnegative(amount)],
    amount,
  )
  .transform(String);

const countable = z
  .string()
  .regex(
    /^((requests|limits)\.[a-z0-9./-]+|count\/[a-z0-9./-]+|[a-z0-9-]+\.storageclass\.storage\.k8s\.io\/[a-z./-]+|pods|services(\.(loadbalancers|nodeports))?|persistentvolumeclaims|configmaps|secrets|cpu|memory)$/,
    {
      error:
        "must be something that a ResourceQuota counts, such as requests.cpu, requests.memory, pods or " +
        "services.loadbalancers",
    },
  );

const containerResources = strict({
  cpu: quantity.optional().describe("CPU of a container."),
  memory: quantity.optional().describe("Memory of a container."),
});

const namespace = strict({
  quota: z
    .union([z.literal("unlimited"), z.record(countable, quantity)], {
      error: "must be a mapping such as {requests.cpu: 20, requests.memory: 64Gi, pods: 100}, or the word unlimited",
    })
    .describe(
      "What all pods of the namespace may request together, with the keys of a ResourceQuota; or `unlimited`. No " +
        "default, on purpose. Changed in place; running pods are not affected.",
    ),
  containerDefaults: strict({
    requests: containerResources
      .default({ cpu: "50m", memory: "64Mi" })
      .describe("For a container that requests nothing itself. Default: cpu 50m, memory 64Mi."),
    limits: containerResources
      .default({ memory: "256Mi" })
      .describe("For a container without limits; above the memory limit it is killed. Default: memory 256Mi."),
  })
    .prefault({})
    .describe("Requests and limits of containers that give none; without requests, a quota refuses them."),
  network: z
    .enum(["isolated", "open"])
    .default("isolated")
    .describe(
      "isolated: no connections in or out except DNS, until the team's own NetworkPolicies allow some. open: no " +
        "policy is made here. Default: isolated.",
    ),
  podSecurity: z
    .enum(["restricted", "baseline", "privileged"])
    .default("baseline")
    .describe(
      "The Pod Security Standard that pods must meet. A change does not affect running pods. Default: baseline.",
    ),
  labels: labels.optional().describe("More labels of the namespace. Default: none."),
  annotations: labels.optional().describe("Annotations of the namespace. Default: none."),
}).describe("One namespace. If you remove it from this list, it is deleted with everything in it.");

const who = strict({
  groups: z
    .array(z.string().min(1))
    .optional()
    .describe(
      "Groups as the API sees them: groups of OpenID Connect with the cluster's groupsPrefix, such as " +
        "oidc:shop-developers. Default: none.",
    ),
  iamRoles: z
    .array(
      z.string().regex(/^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@-]+$/, {
        error: ({ input }) =>
          iamMappingProblem(String(input)) ??
          "must be the ARN of an IAM role without its path, as AWS shows it in a session",
      }),
    )
    .optional()
    .describe("IAM roles, on clusters with `authentication.iam`; ignored on other clusters. Default: none."),
});

const tenant = strict({
  namespaces: z
    .record(
      z.string().regex(label, { error: "must be a namespace: up to 63 lower case letters, digits and hyphens" }),
      namespace,
    )
    .refine((given) => Object.keys(given).length > 0, { error: "must have at least one namespace" })
    .describe("The team's namespaces, by name."),
  access: strict({
    admin: who
      .optional()
      .describe(
        "May do everything in the namespaces, also with roles; quota, limits and the namespaces themselves belong to " +
          "the platform. Default: nobody.",
      ),
    edit: who.optional().describe("May change workloads and read secrets, but no roles. Default: nobody."),
    view: who.optional().describe("May read everything except secrets. Default: nobody."),
  })
    .prefault({})
    .describe(
      "Who may do what in all of the team's namespaces, by the Kubernetes roles of these names. Default: nobody.",
    ),
}).describe("One app team.");

export const tenants = z.record(
  z.string().regex(label, { error: "must be a name of lower case letters, digits and hyphens" }),
  tenant,
);

const storageClass = strict({
  name: objectName
    .default("gp3-encrypted")
    .describe("Name of the class. Another name is another class; volumes keep theirs. Default: gp3-encrypted."),
  default: z
    .boolean()
    .default(true)
    .describe(
      "Whether claims without a class get this one; it wins over kOps's own default because it is newer. Default: " +
        "true.",
    ),
  kmsKeyId: z
    .string()
    .regex(/^(arn:aws[a-z-]*:kms:\S+|[0-9a-f-]{36}|mrk-[0-9a-f]{32}|alias\/\S+)$/, {
      error: "must be the ARN or id of a KMS key",
    })
    .optional()
    .describe(
      "Key that encrypts volumes; the nodes' role must be allowed to use it. Default: the account's own key for " +
        "EBS, free of charge.",
    ),
  reclaimPolicy: z
    .enum(["Delete", "Retain"])
    .default("Delete")
    .describe(
      "What happens to a volume when its claim is deleted. Retain: it stays and costs until somebody deletes it. " +
        "Default: Delete.",
    ),
  iops: z
    .int()
    .min(3000)
    .max(80_000)
    .optional()
    .describe("Operations per second of each volume; above 3000 they cost extra. Default: 3000."),
  throughput: z
    .int()
    .min(125)
    .max(2000)
    .optional()
    .describe("MiB/s of each volume; above 125 they cost extra. Default: 125."),
}).describe(
  "A class of encrypted gp3 volumes that can grow, made in their pod's zone. Changing anything except `default` " +
    "replaces the class; existing volumes stay as they are.",
);

const priorityClass = strict({
  value: z
    .int()
    .min(-2_147_483_648)
    .max(1_000_000_000)
    .describe(
      "A higher value is scheduled first, and preempts lower ones if there is no room. Changing it replaces the " +
        "class; pods keep theirs.",
    ),
  description: z.string().min(1).describe("Who should use it, and for what."),
  globalDefault: z.boolean().default(false).describe("Whether pods without a class get this one. Default: false."),
  preempts: z.boolean().default(true).describe("Whether its pods preempt others. Default: true."),
});

const chart = strict({
  chart: z
    .string()
    .min(1)
    .describe("Name of the chart in `repository`, an address oci://…, or a path from the project's folder."),
  repository: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe("Address of the Helm repository. Default: none, `chart` is an address or a path."),
  version: z
    .string()
    .regex(/^v?\d+\.\d+\.\d+([-+][\w.+-]+)?$/, {
      error: "must be an exact version such as 1.2.3: a range would change by itself",
    })
    .optional()
    .describe("Exact version. Required unless `chart` is a path."),
  namespace: z
    .string()
    .regex(label, { error: "must be a namespace" })
    .describe("Its namespace; created if it does not exist."),
  values: z.record(z.string(), z.unknown()).optional().describe("Values of the chart. Default: its own."),
  timeoutSeconds: z
    .int()
    .min(1)
    .max(3600)
    .default(300)
    .describe("Seconds until everything in it must be ready. Default: 300."),
}).refine(({ chart: name, version }) => version !== undefined || name.startsWith("./"), {
  error: "needs a version, or a chart by its path (./…)",
  path: ["version"],
});

export const platform = strict({
  storageClass: storageClass
    .optional()
    .describe("A storage class, usually the default one; `{}` has sensible settings. Default: none except kOps's own."),
  priorityClasses: z
    .record(objectName, priorityClass)
    .default({})
    .describe("Priority classes by name. Default: none except Kubernetes's own."),
  charts: z
    .record(z.string().regex(label, { error: "must be the name of a Helm release" }), chart)
    .default({})
    .describe(
      "Helm charts by the name of their release. The machine that runs the program fetches them, also in previews. " +
        "Default: none, and nothing is fetched.",
    ),
});

export type PlatformRequest = z.output<typeof platform>;
export type TenantsRequest = z.output<typeof tenants>;
export type TenantRequest = TenantsRequest[string];
export type NamespaceRequest = z.output<typeof namespace>;
export type StorageClassRequest = z.output<typeof storageClass>;
export type ChartRequest = z.output<typeof chart>;
export const accessRoles = ["admin", "edit", "view"] as const;
