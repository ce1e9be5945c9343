import yaml from "js-yaml";
import { z } from "zod";

/** How people and programs authenticate to the API of a cluster. */
export type Authentication =
  /** With their AWS identity: `authentication.aws` of the ClusterSpec. */
  | { kind: "iam"; clusterId: string }
  /** With a login at an identity provider: `kubeAPIServer.oidcIssuerURL`, or an AuthenticationConfiguration. */
  | { kind: "oidc"; issuer: string; clientId: string; scopes: readonly string[] }
  /** With read access to the cluster's CA key in the state store, nothing else. */
  | { kind: "kops" };

const fileAsset = z.object({
  path: z.string().optional(),
  content: z.string().optional(),
  isBase64: z.boolean().optional(),
});

const spec = z.object({
  authentication: z.object({ aws: z.object({ clusterID: z.string().optional() }).nullish() }).nullish(),
  kubeAPIServer: z
    .object({
      oidcIssuerURL: z.string().optional(),
      oidcClientID: z.string().optional(),
      oidcUsernameClaim: z.string().optional(),
      authenticationConfigFile: z.string().optional(),
    })
    .nullish(),
  fileAssets: z.array(fileAsset).nullish(),
});

/** The part of an AuthenticationConfiguration (apiserver.config.k8s.io) that tells a client where to log in. */
const authenticationConfiguration = z.object({
  jwt: z
    .array(
      z.object({
        issuer: z.object({ url: z.string(), audiences: z.array(z.string()).min(1) }),
        claimMappings: z.object({ username: z.object({ claim: z.string().optional() }).optional() }).optional(),
      }),
    )
    .min(1),
});

/** Scopes in addition to `openid`: OpenID Connect ties some claims to a scope; others are the provider's own. */
function scopesFor(usernameClaim: string | undefined): string[] {
  return usernameClaim === "email" || usernameClaim === "profile" ? [usernameClaim] : [];
}

/** The first issuer in the file that the API server reads, if the ClusterSpec contains the file. */
function issuerInFile(path: string, assets: readonly z.infer<typeof fileAsset>[]): Authentication | undefined {
  const asset = assets.find((one) => one.path === path);
  if (asset?.content === undefined) return undefined;
  const text = asset.isBase64 === true ? Buffer.from(asset.content, "base64").toString("utf8") : asset.content;
  const parsed = authenticationConfiguration.safeParse(yaml.load(text));
  const [first] = parsed.data?.jwt ?? [];
  const [clientId] = first?.issuer.audiences ?? [];
  if (!first || clientId === undefined) return undefined;
  return { kind: "oidc", issuer: first.issuer.url, clientId, scopes: scopesFor(first.claimMappings?.username?.claim) };
}

/**
 * How people and programs log in to a cluster, from its ClusterSpec; AWS before OpenID Connect if it has both. If the
 * spec does not tell (a malformed part, which kOps checks, or a file that is not in it), the login that always works.
 */
export function authenticationOf(cluster: string, clusterSpec: Readonly<Record<string, unknown>>): Authentication {
  const { data } = spec.safeParse(clusterSpec);
  if (data?.authentication?.aws) return { kind: "iam", clusterId: data.authentication.aws.clusterID ?? cluster };
  const { oidcIssuerURL, oidcClientID, oidcUsernameClaim, authenticationConfigFile } = data?.kubeAPIServer ?? {};
  if (oidcIssuerURL !== undefined && oidcClientID !== undefined) {
    return { kind: "oidc", issuer: oidcIssuerURL, clientId: oidcClientID, scopes: scopesFor(oidcUsernameClaim) };
  }
  const inFile =
    authenticationConfigFile === undefined ? undefined : issuerInFile(authenticationConfigFile, data?.fileAssets ?? []);
  return inFile ?? { kind: "kops" };
}
