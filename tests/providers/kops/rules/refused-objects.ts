import { given, group, withCluster, withGroups } from "./full-inputs.ts";
import type { Fields } from "./full-inputs.ts";
import type { Case } from "./refused-changes.ts";

const scheduler = (changes: Fields = {}): Fields => ({
  apiVersion: "kubescheduler.config.k8s.io/v1",
  kind: "KubeSchedulerConfiguration",
  ...changes,
});
const limits = (name: string): Fields => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, namespace: "default" },
});

const ofSso = "arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/Admins";

/** Names that AWS does not take, and additional objects that kOps does not take. */
export const namesAndObjects: readonly Case[] = [
  {
    what: "an IAM mapping of a role with its path",
    desired: withCluster({ authentication: { aws: { identityMappings: [{ arn: ofSso, username: "admin" }] } } }),
    property: "cluster.authentication.aws.identityMappings[0].arn",
    says: ["must be arn:aws:iam::123456789012:role/Admins, without the path"],
  },
  {
    what: "the same as an additional object",
    desired: given({
      additionalObjects: [
        {
          apiVersion: "iamauthenticator.k8s.aws/v1alpha1",
          kind: "IAMIdentityMapping",
          metadata: { name: "admins" },
          spec: { arn: ofSso, username: "admin" },
        },
      ],
    }),
    property: "additionalObjects[0].spec.arn",
    says: ["must be arn:aws:iam::123456789012:role/Admins, without the path"],
  },
  {
    what: "a new group whose launch template has too long a name",
    desired: withGroups({ [`${"n".repeat(60)}.${"n".repeat(60)}`]: group("Node") }),
    property: `instanceGroups.${"n".repeat(60)}.${"n".repeat(60)}`,
    says: ["launch template", "characters, and AWS takes 128"],
  },
  {
    what: "an additional object of kOps itself",
    desired: given({ additionalObjects: [{ apiVersion: "kops.k8s.io/v1alpha2", kind: "Keyset" }] }),
    property: "additionalObjects[0]",
    says: ["Keyset is an object of kOps itself"],
  },
  {
    what: "a second configuration of the scheduler",
    desired: given({
      additionalObjects: [scheduler(), scheduler({ apiVersion: "kubescheduler.config.k8s.io/v1beta3" })],
    }),
    property: "additionalObjects[1]",
    says: ["kOps takes one"],
  },
  {
    what: "a scheduler with a kubeconfig of its own",
    desired: given({ additionalObjects: [scheduler({ clientConnection: { kubeconfig: "/etc/k" } })] }),
    property: "additionalObjects[0].clientConnection.kubeconfig",
    says: ["kOps sets it itself"],
  },
  {
    what: "an additional object that is given twice",
    desired: given({ additionalObjects: [limits("a"), limits("b"), limits("a")] }),
    property: "additionalObjects[2]",
    says: ["is a second ConfigMap default/a"],
  },
];
