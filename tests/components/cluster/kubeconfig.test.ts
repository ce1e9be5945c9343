import { KubeConfig } from "@kubernetes/client-node";
import { expect } from "chai";
import yaml from "js-yaml";
import { authenticationOf } from "../../../components/cluster/spec/authentication.ts";
import type { Authentication } from "../../../components/cluster/spec/authentication.ts";
import { kubeconfig, loadBalancerOf } from "../../../components/cluster/spec/kubeconfig.ts";
import type { KubeconfigRequest } from "../../../components/cluster/spec/kubeconfig.ts";
import { redact } from "../../../providers/kops/runtime/redact.ts";

const cluster = "k1.sbx.example.com";

const oidcFile = (username: object): string =>
  yaml.dump({
    apiVersion: "apiserver.config.k8s.io/v1beta1",
    kind: "AuthenticationConfiguration",
    jwt: [{ issuer: { url: "https://id.example.com", audiences: ["pilot"] }, claimMappings: { username } }],
  });

describe("the login of people and programs", () => {
  const table: [string, Record<string, unknown>, Authentication][] = [
    ["no settings uses kOps", {}, { kind: "kops" }],
    [
      "the IAM authenticator uses AWS identity under the cluster's name",
      { authentication: { aws: {} } },
      { kind: "iam", clusterId: cluster },
    ],
    [
      "the IAM authenticator and an id uses AWS identity under that id",
      { authentication: { aws: { clusterID: "team-a", backendMode: "CRD" } } },
      { kind: "iam", clusterId: "team-a" },
    ],
    ["kopeio uses kOps", { authentication: { kopeio: {} } }, { kind: "kops" }],
    [
      "an OIDC issuer uses that issuer",
      { kubeAPIServer: { oidcIssuerURL: "https://id.example.com", oidcClientID: "pilot" } },
      { kind: "oidc", issuer: "https://id.example.com", clientId: "pilot", scopes: [] },
    ],
    [
      "an OIDC issuer and the e-mail as name requests the scope that contains it",
      { kubeAPIServer: { oidcIssuerURL: "https://id.example.com", oidcClientID: "pilot", oidcUsernameClaim: "email" } },
      { kind: "oidc", issuer: "https://id.example.com", clientId: "pilot", scopes: ["email"] },
    ],
    [
      "both uses AWS identity",
      {
        authentication: { aws: {} },
        kubeAPIServer: { oidcIssuerURL: "https://id.example.com", oidcClientID: "pilot" },
      },
      { kind: "iam", clusterId: cluster },
    ],
    [
      "an AuthenticationConfiguration among its files uses its issuer",
      {
        kubeAPIServer: { authenticationConfigFile: "/srv/auth.yaml" },
        fileAssets: [
          { name: "other", path: "/other", content: "x" },
          { name: "auth", path: "/srv/auth.yaml", content: oidcFile({ claim: "email", prefix: "" }) },
        ],
      },
      { kind: "oidc", issuer: "https://id.example.com", clientId: "pilot", scopes: ["email"] },
    ],
    [
      "an AuthenticationConfiguration in base64 uses its issuer",
      {
        kubeAPIServer: { authenticationConfigFile: "/srv/auth.yaml" },
        fileAssets: [
          {
            path: "/srv/auth.yaml",
            isBase64: true,
            content: Buffer.from(oidcFile({ expression: "claims.sub" })).toString("base64"),
          },
        ],
      },
      { kind: "oidc", issuer: "https://id.example.com", clientId: "pilot", scopes: [] },
    ],
    [
      "an AuthenticationConfiguration that the spec does not contain uses kOps",
      { kubeAPIServer: { authenticationConfigFile: "/srv/auth.yaml" } },
      { kind: "kops" },
    ],
    [
      "a malformed part, which kOps refuses, uses kOps",
      { authentication: { aws: { clusterID: 7 } } },
      { kind: "kops" },
    ],
  ];
  for (const [name, spec, desired] of table) {
    it(`with ${name}`, () => {
      expect(authenticationOf(cluster, spec)).to.deep.equal(desired);
    });
  }
});

describe("the kubeconfig", () => {
  const request = (changes: Partial<KubeconfigRequest>): KubeconfigRequest => ({
    cluster,
    endpoint: `https://api.${cluster}`,
    certificateAuthority: "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
    stateStore: "s3://state",
    kopsVersion: "1.35.0",
    authentication: { kind: "kops" },
    ...changes,
  });
  const read = (changes: Partial<KubeconfigRequest>): KubeConfig => {
    const config = new KubeConfig();
    config.loadFromString(kubeconfig(request(changes)));
    return config;
  };

  const commands: [Authentication, string[]][] = [
    [{ kind: "iam", clusterId: "team-a" }, ["aws-iam-authenticator", "token", "-i", "team-a"]],
    [
      { kind: "oidc", issuer: "https://id.example.com", clientId: "pilot", scopes: ["email"] },
      [
        "kubectl",
        "oidc-login",
        "get-token",
        "--oidc-issuer-url=https://id.example.com",
        "--oidc-client-id=pilot",
        "--oidc-extra-scope=email",
      ],
    ],
    [
      { kind: "kops" },
      ["kops", "helpers", "kubectl-auth", `--cluster=${cluster}`, "--state=s3://state", "--api-version=v1beta1"],
    ],
  ];
  it("for the program's own use runs its login with nothing but node on PATH, and has no credential", () => {
    const login = { name: cluster, region: "eu-west-1", stateStore: "s3://state", kopsVersion: "1.35.0" };
    const authentication = { kind: "program", file: "providers/kops/login.mjs", login } as const;
    const user = read({ authentication }).getCurrentUser();
    expect(user?.exec).to.deep.include({ command: "node", args: [authentication.file, JSON.stringify(login)] });
    const text = kubeconfig(request({ authentication }));
    expect(redact(text)).to.equal(text);
    expect(text).to.not.contain(process.cwd());
  });

  for (const [authentication, [command, ...args]] of commands) {
    it(`for ${authentication.kind} runs ${command ?? ""} on use, has no credential, and has an install hint`, () => {
      const user = read({ authentication }).getCurrentUser();
      expect(user?.exec).to.deep.include({ command, args });
      expect((user?.exec as { installHint: string }).installHint).to.match(/https:\/\/github\.com\//);
      expect(Object.keys(user ?? {}).filter((key) => user?.[key as keyof typeof user] !== undefined)).to.have.members([
        "name",
        "exec",
      ]);
      const text = kubeconfig(request({ authentication }));
      expect(redact(text)).to.equal(text);
    });
  }

  it("verifies the API's internal name, which its certificate always has, under the cluster's CA", () => {
    const { server, tlsServerName, caData } =
      read({ endpoint: "https://lb-1.elb.amazonaws.com" }).getCurrentCluster() ?? {};
    expect({ server, tlsServerName }).to.deep.equal({
      server: "https://lb-1.elb.amazonaws.com",
      tlsServerName: `api.internal.${cluster}`,
    });
    expect(Buffer.from(caData ?? "", "base64").toString()).to.match(/^-----BEGIN CERTIFICATE/);
  });

  it("uses the load balancer's own certificate with tokens, and bypasses it with certificates", () => {
    const loadBalancer = loadBalancerOf({
      api: {
        loadBalancer: {
          type: "Public",
          class: "Network",
          sslCertificate: "arn:aws:acm:ap-southeast-2:123456789012:certificate/1",
        },
      },
    });
    const token = read({ loadBalancer, authentication: { kind: "iam", clusterId: cluster } }).getCurrentCluster();
    expect([token?.server, token?.tlsServerName, token?.caData]).to.deep.equal([
      `https://api.${cluster}`,
      undefined,
      undefined,
    ]);
    const certificate = read({ loadBalancer }).getCurrentCluster();
    expect([certificate?.server, certificate?.tlsServerName]).to.deep.equal([
      `https://api.${cluster}:8443`,
      `api.internal.${cluster}`,
    ]);
  });
});
