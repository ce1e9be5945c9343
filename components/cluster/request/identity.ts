import { z } from "zod";
import { strict } from "../../config/problems.ts";
import type { PlainObject } from "../../config/merge.ts";

const https = z.string().regex(/^https:\/\/[^\s/]+(\/\S*)?$/, { error: "must be an https address" });

const oidc = strict({
  issuerURL: https.describe("Address of the identity provider, as it stands in its tokens."),
  clientID: z.string().min(1).describe("Client that tokens must be made for."),
  usernameClaim: z.string().min(1).default("email").describe("Claim that holds the user's name. Default: email."),
  usernamePrefix: z
    .string()
    .min(1)
    .default("oidc:")
    .describe(
      "What is put before names in Kubernetes, so that no provider can name `system:` users; `-` for nothing. " +
        "Default: `oidc:`.",
    ),
  groupsClaim: z.string().min(1).default("groups").describe("Claim that holds the user's groups. Default: groups."),
  groupsPrefix: z
    .string()
    .min(1)
    .default("oidc:")
    .describe("What is put before groups in Kubernetes. Default: `oidc:`."),
  requiredClaims: z
    .record(z.string(), z.string())
    .optional()
    .describe("Claims, with their values, that a token must have. Default: none."),
});

const iamPrincipal = z
  .string()
  .regex(/^arn:aws[a-z-]*:iam::\d{12}:(role|user)\/\S+$/, { error: "must be the ARN of an IAM role or user" });

const iam = strict({
  identityMappings: z
    .array(
      strict({
        arn: iamPrincipal.describe("IAM role or user; of a role without its path."),
        username: z.string().min(1).describe("Name in Kubernetes."),
        groups: z
          .array(z.string().min(1))
          .optional()
          .describe("Groups in Kubernetes, to which role bindings give rights. Default: none."),
      }),
    )
    .min(1)
    .optional()
    .describe(
      "Who of AWS is who in Kubernetes, as IAMIdentityMapping objects. Default: none; they can be made in the " +
        "cluster, too.",
    ),
});

export const authentication = strict({
  oidc: oidc
    .optional()
    .describe("Login at an OpenID Connect provider. Changing it replaces the control-plane nodes. Default: none."),
  iam: iam
    .optional()
    .describe(
      "Login by AWS identity (aws-iam-authenticator, mappings as objects of the cluster). Changing it replaces " +
        "the control-plane nodes. Default: none.",
    ),
}).describe("How people log in. Default: only whoever may read the cluster's CA key in the state store.");

const policyArn = z
  .string()
  .regex(/^arn:aws[a-z-]*:iam::(\d{12}|aws):policy\/\S+$/, { error: "must be the ARN of an IAM policy" });

const statement = z
  .looseObject({ Effect: z.enum(["Allow", "Deny"]).describe("Allow or Deny.") })
  .describe("One statement of an IAM policy, as AWS writes it.");

const statements = z.array(statement).min(1);

export const serviceAccounts = z
  .array(
    strict({
      namespace: z.string().min(1).describe("Namespace of the service account."),
      name: z.string().min(1).describe("Name of the service account."),
      policyArns: z
        .array(policyArn)
        .min(1)
        .optional()
        .describe("Managed policies of the role. Either these or `statements`."),
      statements: statements.optional().describe("Statements of the role's own policy. Either these or `policyArns`."),
    }).check((context) => {
      const { policyArns, statements: own } = context.value;
      if ((policyArns === undefined) === (own === undefined))
        context.issues.push({
          code: "custom",
          message: "needs either policyArns or statements",
          path: [],
          input: context.value,
        });
    }),
  )
  .min(1)
  .check((context) => {
    const seen = new Set<string>();
    for (const [index, { namespace, name }] of context.value.entries()) {
      const key = `${namespace}/${name}`;
      if (seen.has(key))
        context.issues.push({
          code: "custom",
          message: `${key} is named twice`,
          path: [index, "name"],
          input: context.value,
        });
      seen.add(key);
    }
  })
  .describe(
    "IAM roles that kOps makes for service accounts, trusting only that account of this cluster; nothing has to " +
      "roll for them. Roles made elsewhere trust the cluster by its outputs `oidc`. Default: none.",
  );

const rolePolicies = strict({
  arns: z.array(policyArn).min(1).optional().describe("Managed policies to attach. Default: none."),
  statements: statements.optional().describe("Statements of a policy of its own. Default: none."),
});

export const policies = strict({
  controlPlane: rolePolicies.optional().describe("Of control-plane nodes. Default: none."),
  nodes: rolePolicies
    .optional()
    .describe(
      "Of nodes: every pod that reaches the metadata service has them, so rather use `serviceAccounts`. Default: none.",
    ),
  bastion: rolePolicies.optional().describe("Of bastions. Default: none."),
}).describe("Further policies of the IAM roles that kOps makes for instances. Default: none.");

/**
 * Names of the roles in `externalPolicies` and `additionalPolicies` of v1alpha2, which has the old word for the first.
 */
const roleKeys = { controlPlane: "master", nodes: "node", bastion: "bastion" } as const;

interface IdentityRequest {
  authentication?: z.output<typeof authentication> | undefined;
  serviceAccounts?: z.output<typeof serviceAccounts> | undefined;
  policies?: z.output<typeof policies> | undefined;
}

/** The parts of a ClusterSpec that are about who somebody is, in Kubernetes and in AWS. */
export function composeIdentity({
  authentication: login,
  serviceAccounts: accounts,
  policies: further = {},
}: IdentityRequest): {
  spec: PlainObject;
  kubeAPIServer: PlainObject;
  iam: PlainObject;
} {
  const roles = Object.entries(roleKeys).map(([role, key]) => [key, further[role as keyof typeof roleKeys]] as const);
  const external = Object.fromEntries(roles.flatMap(([key, role]) => (role?.arns ? [[key, role.arns]] : [])));
  const additional = Object.fromEntries(
    roles.flatMap(([key, role]) => (role?.statements ? [[key, JSON.stringify(role.statements)]] : [])),
  );
  return {
    spec: {
      ...(login?.iam && {
        authentication: {
          aws: {
            backendMode: "CRD",
            ...(login.iam.identityMappings && { identityMappings: login.iam.identityMappings }),
          },
        },
      }),
      ...(Object.keys(external).length > 0 && { externalPolicies: external }),
      ...(Object.keys(additional).length > 0 && { additionalPolicies: additional }),
    },
    kubeAPIServer: login?.oidc
      ? {
          oidcIssuerURL: login.oidc.issuerURL,
          oidcClientID: login.oidc.clientID,
          oidcUsernameClaim: login.oidc.usernameClaim,
          oidcUsernamePrefix: login.oidc.usernamePrefix,
          oidcGroupsClaim: login.oidc.groupsClaim,
          oidcGroupsPrefix: login.oidc.groupsPrefix,
          ...(login.oidc.requiredClaims && {
            oidcRequiredClaim: Object.entries(login.oidc.requiredClaims)
              .map(([claim, value]) => `${claim}=${value}`)
              .sort(),
          }),
        }
      : {},
    iam: accounts
      ? {
          serviceAccountExternalPermissions: accounts.map(({ namespace, name, policyArns, statements: own }) => ({
            name,
            namespace,
            aws: policyArns ? { policyARNs: policyArns } : { inlinePolicy: JSON.stringify(own) },
          })),
        }
      : {},
  };
}
