import yaml from "js-yaml";
import { z } from "zod";
import type { LoginRequest } from "../../../providers/kops/kops-cli/login.ts";
import type { Authentication } from "./authentication.ts";
import { internalApiName } from "./names.ts";

/** With this program's own kOps and AWS identity, by its file `providers/kops/login.mjs`, from Pulumi's plugins. */
export interface ProgramLogin {
  kind: "program";
  file: string;
  login: LoginRequest;
}

export interface KubeconfigRequest {
  /** Full name of the cluster. */
  cluster: string;
  /** Address of the API. */
  endpoint: string;
  /** PEM. */
  certificateAuthority: string;
  stateStore: string;
  /** Exact version of kOps, for the installation hint. */
  kopsVersion: string;
  authentication: Authentication | ProgramLogin;
  /** kOps's `api.loadBalancer`, as far as it matters for connections. @default it passes TLS through */
  loadBalancer?: LoadBalancer | undefined;
}

/** `api.loadBalancer` of a ClusterSpec. */
export interface LoadBalancer {
  class?: string | undefined;
  sslCertificate?: string | undefined;
}

const apiPart = z.object({
  api: z.object({ loadBalancer: z.object({ class: z.string().optional(), sslCertificate: z.string().optional() }) }),
});

/** `api.loadBalancer` of a ClusterSpec, if it has one. */
export function loadBalancerOf(clusterSpec: Readonly<Record<string, unknown>>): LoadBalancer | undefined {
  return apiPart.safeParse(clusterSpec).data?.api.loadBalancer;
}

interface Exec {
  command: string;
  args: string[];
  interactiveMode: "Never" | "IfAvailable";
  installHint: string;
}

function execOf({ cluster, stateStore, kopsVersion, authentication }: KubeconfigRequest): Exec {
  switch (authentication.kind) {
    case "iam":
      return {
        command: "aws-iam-authenticator",
        args: ["token", "-i", authentication.clusterId],
        // A profile with MFA asks for a code.
        interactiveMode: "IfAvailable",
        installHint: "Install aws-iam-authenticator: https://github.com/kubernetes-sigs/aws-iam-authenticator",
      };
    case "oidc":
      return {
        command: "kubectl",
        args: [
          "oidc-login",
          "get-token",
          `--oidc-issuer-url=${authentication.issuer}`,
          `--oidc-client-id=${authentication.clientId}`,
          ...authentication.scopes.map((scope) => `--oidc-extra-scope=${scope}`),
        ],
        interactiveMode: "IfAvailable",
        installHint: "Install kubelogin as kubectl-oidc_login: https://github.com/int128/kubelogin",
      };
    case "program":
      return {
        command: "node",
        args: [authentication.file, JSON.stringify(authentication.login)],
        interactiveMode: "Never",
        installHint: "Put node 22.18 or newer on PATH: https://nodejs.org/",
      };
    case "kops":
      return {
        command: "kops",
        args: ["helpers", "kubectl-auth", `--cluster=${cluster}`, `--state=${stateStore}`, "--api-version=v1beta1"],
        interactiveMode: "Never",
        installHint: `Put kops ${kopsVersion} on PATH: https://github.com/kubernetes/kops/releases/tag/v${kopsVersion}`,
      };
  }
}

/**
 * The connection to the API. If the load balancer ends TLS with its own certificate, tokens go there; client
 * certificates (kOps's) must bypass it: kOps opens port 8443 of a network load balancer for them.
 */
function clusterOf({
  cluster,
  endpoint,
  certificateAuthority,
  authentication,
  loadBalancer,
}: KubeconfigRequest): Record<string, string> {
  const own = {
    // The certificate always has this name, whether the API is reached by a load balancer or a tunnel.
    "tls-server-name": internalApiName(cluster),
    "certificate-authority-data": Buffer.from(certificateAuthority).toString("base64"),
  };
  if (!loadBalancer?.sslCertificate) return { server: endpoint, ...own };
  if (authentication.kind === "iam" || authentication.kind === "oidc") return { server: endpoint };
  return { server: loadBalancer.class === "Network" ? `${endpoint}:8443` : endpoint, ...own };
}

/**
 * A kubeconfig without a credential: its users get their own when they use it, from the program for their
 * {@link Authentication}. Context, cluster and user have the cluster's full name.
 */
export function kubeconfig(request: KubeconfigRequest): string {
  const { cluster } = request;
  return yaml.dump(
    {
      apiVersion: "v1",
      kind: "Config",
      clusters: [{ name: cluster, cluster: clusterOf(request) }],
      users: [
        { name: cluster, user: { exec: { apiVersion: "client.authentication.k8s.io/v1beta1", ...execOf(request) } } },
      ],
      contexts: [{ name: cluster, context: { cluster, user: cluster } }],
      "current-context": cluster,
    },
    { lineWidth: -1, noRefs: true },
  );
}
