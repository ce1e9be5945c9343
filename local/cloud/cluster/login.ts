import { z } from "zod";

/** kOps's keys for OpenID Connect logins, and the kube-apiserver flags that they become. */
const flagOf = {
  oidcIssuerURL: "oidc-issuer-url",
  oidcClientID: "oidc-client-id",
  oidcUsernameClaim: "oidc-username-claim",
  oidcUsernamePrefix: "oidc-username-prefix",
  oidcGroupsClaim: "oidc-groups-claim",
  oidcGroupsPrefix: "oidc-groups-prefix",
  oidcRequiredClaim: "oidc-required-claim",
} as const;

/** Keys whose value is a file on the control-plane nodes. */
const fileFlagOf = { oidcCAFile: "oidc-ca-file", authenticationConfigFile: "authentication-config" } as const;

const text = z.string().optional();

/** The keys of `kubeAPIServer` in a ClusterSpec that concern logins. */
export const loginKeys = z.object({
  oidcIssuerURL: text,
  oidcClientID: text,
  oidcUsernameClaim: text,
  oidcUsernamePrefix: text,
  oidcGroupsClaim: text,
  oidcGroupsPrefix: text,
  oidcRequiredClaim: z.array(z.string()).optional(),
  oidcCAFile: text,
  authenticationConfigFile: text,
});

/** `authentication` of a ClusterSpec. */
export const authentication = z.object({ aws: z.object({}).optional() }).optional();

/** `fileAssets` of a ClusterSpec: the files that kOps writes to the nodes of these roles, or of all roles. */
export const fileAssets = z
  .array(
    z.object({
      name: z.string(),
      path: text,
      roles: z.array(z.string()).optional(),
      content: z.string(),
      isBase64: z.boolean().optional(),
    }),
  )
  .optional();

/** How an API server authenticates beside certificates: not at all, unless the ClusterSpec says so. */
export interface Login {
  /** Flags of kube-apiserver. */
  readonly flags: readonly string[];
  /** Files that flags of kube-apiserver name, by flag. */
  readonly files: readonly { readonly flag: string; readonly content: string }[];
  /** Whether an aws-iam-authenticator verifies tokens. */
  readonly authenticator: boolean;
}

export function loginOf(
  keys: z.infer<typeof loginKeys>,
  assets: z.infer<typeof fileAssets> = [],
  ways: z.infer<typeof authentication> = {},
): Login {
  const flags = Object.entries(flagOf).flatMap(([key, flag]) =>
    [keys[key as keyof typeof flagOf] ?? []].flat().map((value) => `--${flag}=${value}`),
  );
  const files = Object.entries(fileFlagOf).flatMap(([key, flag]) => {
    const path = keys[key as keyof typeof fileFlagOf];
    return path === undefined ? [] : [{ flag, content: contentOf(path, key, assets) }];
  });
  return { flags, files, authenticator: ways.aws !== undefined };
}

const controlPlaneRoles = ["ControlPlane", "Master", "APIServer"];

function contentOf(path: string, key: string, assets: NonNullable<z.infer<typeof fileAssets>>): string {
  const asset = assets.find(
    ({ name, path: own = `/srv/kubernetes/assets/${name}`, roles = [] }) =>
      own === path && (roles.length === 0 || roles.some((role) => controlPlaneRoles.includes(role))),
  );
  if (!asset) {
    throw new Error(
      `kubeAPIServer.${key} is ${path}, but fileAssets puts no such file on control-plane nodes, so ` +
        "kube-apiserver would not start; add it to fileAssets of the ClusterSpec, then pulumi up",
    );
  }
  if (asset.isBase64 !== true) return asset.content;
  // nodeup's decoder accepts no padding; a node with such a file does not boot.
  if (asset.content.includes("=")) {
    throw new Error(
      `The content of fileAssets ${asset.name} is base64 with padding, which nodeup refuses; leave out each = at ` +
        "its end, then pulumi up",
    );
  }
  return Buffer.from(asset.content, "base64").toString("utf8");
}
