import { z } from "zod";
import { iamMappingProblem } from "../../../providers/kops/model/iam-principals.ts";
import { strict } from "../../config/problems.ts";
import type { PlainObject } from "../../config/merge.ts";

const https = z.string().regex(/^https:\/\/[^\s/]+(\/\S*)?$/, { error: "must be an https address" });

const oidc = strict({
  issuerURL: https.describe("Address of the identity provider, as in its tokens."),
  clientID: z.string().min(1).describe("Client that tokens must be issued for."),
  usernameClaim: z.string().min(1).default("email").describe("Claim that holds the user's name. Default: email."),
  usernamePrefix: z
    .string()
    .min(1)
    .default("oidc:")
    .describe(
      "Prefix of user names in Kubernetes, so that no provider can name `system:` users; `-` for none. Default: " +
        "`oidc:`.",
    ),
  groupsClaim: z.string().min(1).default("groups").describe("Claim that holds the user's groups. Default: groups."),
  groupsPrefix: z.string().min(1).default("oidc:").describe("Prefix of groups in Kubernetes. Default: `oidc:`."),
  requiredClaims: z
    .record(z.string(), z.string())
    .optional()
    .describe("Claims, with their values, that a token must have. Default: none."),
});

const iamPrincipal = z.string().regex(/^arn:aws[a-z-]*:iam::\d{12}:(role\/[\w+=,.@-]+|user\/\S+)$/, {
  error: ({ input }) => iamMappingProblem(String(input)) ?? "must be the ARN of an IAM role or user",
});

const iam = strict({
  identityMappings: z
    .array(
      strict({
        arn: iamPrincipal.describe("IAM role or user; a role without its path, a user with it."),
        username: z.string().min(1).describe("Name in Kubernetes."),
        groups: z
          .array(z.string().min(1))
          .optional()
          .describe("Groups in Kubernetes; role bindings give them rights. Default: none."),
      }),
    )
    .min(1)
    .optional()
    .describe(
      "Maps IAM roles and users to users in Kubernetes, as IAMIdentityMapping objects. Default: none; you can also " +
        "create them in the cluster.",
    ),
});

const authentication = strict({
  oidc: oidc
    .optional()
    .describe("Login with an OpenID Connect provider. Changing it replaces the control-plane nodes. Default: none."),
  iam: iam
    .optional()
    .describe(
      "Login with an AWS identity (aws-iam-authenticator, mappings as objects of the cluster). Changing it replaces " +
        "the control-plane nodes. Default: none.",
    ),
}).describe("How people log in. Default: only those who can read the cluster's CA key in the state store.");

const policyArn = z
  .string()
  .regex(/^arn:aws[a-z-]*:iam::(\d{12}|aws):policy\/\S+$/, { error: "must be the ARN of an IAM policy" });

const statement = z
  .looseObject({ Effect: z.enum(["Allow", "Deny"]).describe("Allow or Deny.") })
  .describe("One statement of an IAM policy, as AWS writes it.");

const statements = z.array(statement).min(1);

const serviceAccounts = z
  .array(
    strict({
      namespace: z.string().min(1).describe("Namespace of the service account."),
      name: z.string().min(1).describe("Name of the service account."),
      policyArns: z
        .array(policyArn)
        .min(1)
        .optional()
        .describe("Managed policies of the role. Either these or `statements`."),
      statements: statements
        .optional()
        .describe("Statements of the role's inline policy. Either these or `policyArns`."),
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
          message: `${key} is listed twice`,
          path: [index, "name"],
          input: context.value,
        });
      seen.add(key);
    }
  })
  .describe(
    "IAM roles that kOps makes for service accounts. Each role trusts only its account of this cluster; no node is " +
      "replaced for it. Roles made elsewhere trust the cluster through its outputs `oidc`. Default: none.",
  );

const rolePolicies = strict({
  arns: z.array(policyArn).min(1).optional().describe("Managed policies to attach. Default: none."),
  statements: statements.optional().describe("Statements of an inline policy. Default: none."),
});

const policies = strict({
  controlPlane: rolePolicies.optional().describe("For control-plane nodes. Default: none."),
  nodes: rolePolicies
    .optional()
    .describe(
      "For nodes. Every pod that reaches the metadata service has them: prefer `serviceAccounts`. Default: none.",
    ),
  bastion: rolePolicies.optional().describe("For bastions. Default: none."),
}).describe("Additional policies of the IAM roles that kOps makes for instances. Default: none.");

export const identityKeys = {
  authentication: authentication.optional(),
  serviceAccounts: serviceAccounts.optional(),
  policies: policies.optional(),
};

type IdentityRequest = z.output<z.ZodObject<typeof identityKeys>>;

/** Keys of `externalPolicies` and `additionalPolicies` in v1alpha2, which still calls the control plane `master`. */
const roleKeys = { controlPlane: "master", nodes: "node", bastion: "bastion" } as const;

/** Who people and pods are, in Kubernetes and in AWS. `discoveryStore`: where kOps publishes its OIDC documents. */
export function composeIdentity(
  { authentication: login, serviceAccounts: accounts, policies: additional = {} }: IdentityRequest,
  discoveryStore: string,
): PlainObject {
  const roles = Object.entries(roleKeys).map(
    ([role, key]) => [key, additional[role as keyof typeof roleKeys]] as const,
  );
  const arns = Object.fromEntries(roles.flatMap(([key, role]) => (role?.arns ? [[key, role.arns]] : [])));
  const inline = Object.fromEntries(
    roles.flatMap(([key, role]) => (role?.statements ? [[key, JSON.stringify(role.statements)]] : [])),
  );
  return {
    ...(login?.oidc && { kubeAPIServer: oidcFlags(login.oidc) }),
    iam: {
      allowContainerRegistry: true,
      legacy: false,
      useServiceAccountExternalPermissions: true,
      ...(accounts && {
        serviceAccountExternalPermissions: accounts.map(({ namespace, name, policyArns, statements: own }) => ({
          name,
          namespace,
          aws: policyArns ? { policyARNs: policyArns } : { inlinePolicy: JSON.stringify(own) },
        })),
      }),
    },
    ...(login?.iam && {
      authentication: {
        aws: {
          backendMode: "CRD",
          ...(login.iam.identityMappings && { identityMappings: login.iam.identityMappings }),
        },
      },
    }),
    ...(Object.keys(arns).length > 0 && { externalPolicies: arns }),
    ...(Object.keys(inline).length > 0 && { additionalPolicies: inline }),
    serviceAccountIssuerDiscovery: { discoveryStore, enableAWSOIDCProvider: true },
  };
}

const oidcFlags = ({ requiredClaims, ...login }: z.output<typeof oidc>): PlainObject => ({
  oidcIssuerURL: login.issuerURL,
  oidcClientID: login.clientID,
  oidcUsernameClaim: login.usernameClaim,
  oidcUsernamePrefix: login.usernamePrefix,
  oidcGroupsClaim: login.groupsClaim,
  oidcGroupsPrefix: login.groupsPrefix,
  ...(requiredClaims && {
    oidcRequiredClaim: Object.entries(requiredClaims)
      .map(([claim, value]) => `${claim}=${value}`)
      .sort(),
  }),
});
