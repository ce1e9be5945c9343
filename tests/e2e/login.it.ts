import { chmod, readFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { expect } from "chai";
import yaml from "js-yaml";
import { authenticationOf } from "../../components/cluster/spec/authentication.ts";
import { kubeconfig } from "../../components/cluster/spec/kubeconfig.ts";
import { layoutOf } from "../../local/base/layout.ts";
import { redact } from "../../providers/kops/runtime/redact.ts";
import { bareArgs, done, makeBareCheckout } from "./bare/index.ts";
import type { BareArgs, BareCheckout } from "./bare/index.ts";
import { authority } from "./login/certificates.ts";
import { startIssuer } from "./login/issuer.ts";
import type { Issuer, Person } from "./login/issuer.ts";

const client = "pilot";
const ada: Person = { subject: "1815", email: "ada@example.com", groups: ["developers", "everybody"] };
const folder = "/srv/kubernetes/kube-apiserver";

/** A user as the API server sees it. */
interface Identity {
  username: string;
  groups: string[];
}

/*
 * Logins at a real kube-apiserver with the kubeconfig from the outputs, unchanged. Its program kubelogin is not
 * available from the Go module proxy; login/fake-kubelogin.mjs and a fake browser replace it. The local cloud's proxy
 * leads to the address in the kubeconfig.
 */
describe("a cluster with logins from an OpenID Connect provider", function () {
  this.timeout(4 * 60_000);
  let bare: BareCheckout;
  let issuer: Issuer;
  let args: BareArgs;

  before(async () => {
    issuer = await startIssuer(client);
    bare = await makeBareCheckout();
    for (const [name, program] of [
      ["kubectl-oidc_login", "fake-kubelogin.mjs"],
      ["xdg-open", "browser.mjs"],
    ] as const) {
      await bare.write(
        `bin/${name}`,
        `#!/bin/sh\nexec "${process.execPath}" "${join(bare.folder, "tests", "e2e", "login", program)}" "$@"\n`,
      );
      await chmod(join(bare.folder, "bin", name), 0o755);
    }
    await bare.write("authority.pem", authority);
  });
  after(async () => {
    await bare.remove();
    await issuer.close();
  });
  beforeEach(() => {
    issuer.behave();
    issuer.signIn(ada);
  });

  const declare = async (request: Record<string, unknown>): Promise<void> => {
    args = bareArgs(
      "k1",
      bare.infrastructure,
      JSON.stringify({ nodeGroups: { nodes: { machineType: "t3.large", count: 1 } }, auditLog: false, ...request }),
    );
    await bare.declare({ k1: args });
  };
  /** Writes the kubeconfig exactly as the components compose it from the cluster's outputs. */
  const writeKubeconfig = async (): Promise<string> => {
    const { output } = await bare.local("pulumi", "stack", "output", "clusters", "--json", "--stack", "sbx");
    const { k1 } = JSON.parse(output) as { k1: { endpoint: string; certificateAuthority: string } };
    const { name, stateStore, kopsVersion, cluster } = args;
    const text = kubeconfig({
      cluster: name,
      endpoint: k1.endpoint,
      certificateAuthority: k1.certificateAuthority,
      stateStore,
      kopsVersion,
      authentication: authenticationOf(name, cluster),
    });
    await bare.write("login.yaml", text);
    return text;
  };
  const words = (...more: string[]): string[] => [
    "env",
    `PATH=${[join(bare.folder, "bin"), layoutOf(bare.folder, {}).bin, process.env["PATH"]].join(delimiter)}`,
    `SSL_CERT_FILE=${join(bare.folder, "authority.pem")}`,
    "kubectl",
    `--kubeconfig=${join(bare.folder, "login.yaml")}`,
    ...more,
  ];
  const kubectl = async (...more: string[]): Promise<string> => (await bare.local(...words(...more))).output;
  const kubectlFails = async (...more: string[]): Promise<string> => (await bare.localFails(...words(...more))).output;
  const whoAmI = async (): Promise<Identity> =>
    (JSON.parse(await kubectl("auth", "whoami", "-o", "json")) as { status: { userInfo: Identity } }).status.userInfo;
  const refused = "You must be logged in to the server";

  it("admits people that the issuer knows, with the name and groups it gives, without a credential", async () => {
    await declare({
      authentication: { oidc: { issuerURL: issuer.url, clientID: client, requiredClaims: { hd: "example.com" } } },
      kops: {
        cluster: {
          kubeAPIServer: { oidcCAFile: `${folder}/issuer.pem` },
          fileAssets: [{ name: "issuer", path: `${folder}/issuer.pem`, roles: ["ControlPlane"], content: authority }],
        },
      },
    });
    expect((await bare.up()).output).to.contain(done);
    const text = await writeKubeconfig();
    expect(text).to.contain("oidc-login").and.to.equal(redact(text));
    expect(await whoAmI()).to.deep.include({
      username: "oidc:ada@example.com",
      groups: ["oidc:developers", "oidc:everybody", "system:authenticated"],
    });
  });

  it("gives them the rights that RBAC gives to their groups, and no others", async () => {
    expect(await kubectlFails("get", "pods", "-n", "kube-system"))
      .to.contain("Forbidden")
      .and.to.contain('"oidc:ada@example.com"');
    await bare.kubectl(
      "k1",
      "create",
      "clusterrolebinding",
      "developers",
      "--clusterrole=view",
      "--group=oidc:developers",
      "--group=sso:developers",
    );
    expect(await kubectl("get", "pods", "-n", "kube-system")).to.contain("kube-apiserver-");
    expect(await kubectlFails("get", "secrets", "-n", "kube-system")).to.contain("Forbidden");
    issuer.signIn({ ...ada, groups: ["everybody"] });
    expect(await kubectlFails("get", "pods", "-n", "kube-system")).to.contain("Forbidden");
  });

  it("refuses tokens of another client or signer, expired ones, and those that lack a required claim", async () => {
    const seconds = Math.floor(Date.now() / 1000);
    const wrong: [() => void, string][] = [
      [
        () => {
          issuer.claim({ aud: "another" });
        },
        "expected audience",
      ],
      [
        () => {
          issuer.claim({ iat: seconds - 7200, exp: seconds - 3600 });
        },
        "token is expired",
      ],
      [
        () => {
          issuer.claim({ hd: "example.org" });
        },
        "required claim hd value does not match",
      ],
      [
        () => {
          issuer.forge();
        },
        "failed to verify signature",
      ],
    ];
    for (const [goWrong, reason] of wrong) {
      issuer.behave();
      goWrong();
      expect(await kubectlFails("auth", "whoami"), reason).to.contain(refused);
      // The API server gives the reason only in its log.
      expect(await readFile(join(layoutOf(bare.folder, {}).logs, `cluster-${args.name}.log`), "utf8")).to.contain(
        reason,
      );
    }
    issuer.behave();
    issuer.signIn(undefined);
    expect(await kubectlFails("auth", "whoami")).to.contain("access_denied");
    issuer.signIn(ada);
    expect((await whoAmI()).username).to.equal("oidc:ada@example.com");
  });

  it("admits the same people with a new kubeconfig after an up to an AuthenticationConfiguration", async () => {
    const configuration = {
      apiVersion: "apiserver.config.k8s.io/v1",
      kind: "AuthenticationConfiguration",
      jwt: [
        {
          issuer: { url: issuer.url, audiences: [client], certificateAuthority: authority },
          claimMappings: {
            username: { claim: "email", prefix: "sso:" },
            groups: { claim: "groups", prefix: "sso:" },
          },
          userValidationRules: [{ expression: "!('everybody' in user.groups)", message: "only groups with a prefix" }],
        },
      ],
    };
    const content = Buffer.from(yaml.dump(configuration)).toString("base64").replaceAll("=", "");
    await declare({
      kops: {
        cluster: {
          kubeAPIServer: { authenticationConfigFile: `${folder}/authentication.yaml` },
          fileAssets: [
            {
              name: "authentication",
              path: `${folder}/authentication.yaml`,
              roles: ["ControlPlane"],
              isBase64: true,
              content,
            },
          ],
        },
      },
    });
    expect((await bare.up()).output).to.contain(done);
    expect(await writeKubeconfig()).to.contain("oidc-login");
    expect(await whoAmI()).to.deep.include({
      username: "sso:ada@example.com",
      groups: ["sso:developers", "sso:everybody", "system:authenticated"],
    });
    expect(await kubectl("get", "pods", "-n", "kube-system")).to.contain("kube-apiserver-");
    issuer.claim({ aud: "another" });
    expect(await kubectlFails("auth", "whoami")).to.contain(refused);
  });

  it("still admits whoever may read the state store when the issuer is down", async () => {
    await issuer.close();
    expect(await kubectlFails("auth", "whoami")).to.contain("ECONNREFUSED");
    const { output } = await bare.local("pulumi", "stack", "output", "clusters", "--json", "--stack", "sbx");
    const { k1 } = JSON.parse(output) as { k1: { endpoint: string; certificateAuthority: string } };
    const { name, stateStore, kopsVersion } = args;
    await bare.write(
      "login.yaml",
      kubeconfig({
        cluster: name,
        endpoint: k1.endpoint,
        certificateAuthority: k1.certificateAuthority,
        stateStore,
        kopsVersion,
        authentication: { kind: "kops" },
      }),
    );
    expect((await whoAmI()).groups).to.include("system:masters");
  });
});
