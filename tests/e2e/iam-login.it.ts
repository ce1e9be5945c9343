import { chmod } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { GetObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { expect } from "chai";
import yaml from "js-yaml";
import { authenticationOf } from "../../components/cluster/spec/authentication.ts";
import { kubeconfig } from "../../components/cluster/spec/kubeconfig.ts";
import { layoutOf } from "../../local/base/layout.ts";
import { iamMappingProblem } from "../../providers/kops/model/iam-principals.ts";
import { redact } from "../../providers/kops/runtime/redact.ts";
import { bareArgs, clientOf, done, makeBareCheckout } from "./bare/index.ts";
import type { BareArgs, BareCheckout } from "./bare/index.ts";
import { ensureAuthenticator, runAuthenticator } from "./login/authenticator.ts";
import type { Authenticator } from "./login/authenticator.ts";
import { authority } from "./login/certificates.ts";
import { startSts } from "./login/sts.ts";
import type { Signer, Sts } from "./login/sts.ts";

const account = "123456789012";
const ada: Signer = {
  key: "ASIAADA",
  secret: "of ada",
  arn: `arn:aws:sts::${account}:assumed-role/platform/ada`,
  userId: "AROAPLATFORM:ada",
};
/** A person of IAM Identity Center: the session's ARN has no path, the role's has one. */
const grace: Signer = {
  key: "ASIAGRACE",
  secret: "of grace",
  arn: `arn:aws:sts::${account}:assumed-role/AWSReservedSSO_Admins_0123456789abcdef/grace`,
  userId: "AROAADMINS:grace",
};
const unmapped: Signer = {
  key: "ASIAEVE",
  secret: "of eve",
  arn: `arn:aws:sts::${account}:assumed-role/nobody/eve`,
  userId: "AROANOBODY:eve",
};

/*
 * Logins by AWS identity with the real aws-iam-authenticator on both sides: it makes kubectl's token, and a real
 * kube-apiserver asks it to check the token. The local cloud runs no pods, so the test starts it with the arguments of
 * kOps's add-on. The test's own STS checks signatures as AWS does and names the signer.
 */
describe("a cluster with AWS identities as logins", function () {
  this.timeout(5 * 60_000);
  let bare: BareCheckout;
  let sts: Sts;
  let args: BareArgs;
  let authenticator: Authenticator | undefined;
  let text: string;

  before(async function () {
    // Builds the authenticator, once per machine.
    this.timeout(3_600_000);
    sts = await startSts([ada, grace, unmapped]);
    bare = await makeBareCheckout();
    await bare.write("authority.pem", authority);
    const binary = await ensureAuthenticator(layoutOf(bare.folder, process.env));
    await bare.write("bin/aws-iam-authenticator", `#!/bin/sh\nexec "${binary}" "$@"\n`);
    await chmod(join(bare.folder, "bin", "aws-iam-authenticator"), 0o755);
  });
  after(async () => {
    await authenticator?.stop();
    await bare.remove();
    await sts.close();
  });

  const words = ({ key, secret }: Signer): string[] => [
    "env",
    `PATH=${[join(bare.folder, "bin"), layoutOf(bare.folder, {}).bin, process.env["PATH"]].join(delimiter)}`,
    `AWS_ACCESS_KEY_ID=${key}`,
    `AWS_SECRET_ACCESS_KEY=${secret}`,
    "AWS_SESSION_TOKEN=session",
    "kubectl",
    `--kubeconfig=${join(bare.folder, "login.yaml")}`,
    "auth",
    "whoami",
    "-o",
    "json",
  ];
  const whoIs = async (signer: Signer): Promise<{ username: string; groups: string[] }> =>
    (
      JSON.parse((await bare.local(...words(signer))).output) as {
        status: { userInfo: { username: string; groups: string[] } };
      }
    ).status.userInfo;
  const refused = "You must be logged in to the server";

  /** The add-on's manifest that kOps wrote to the state store. */
  const addon = async (): Promise<string> => {
    const s3 = new S3Client({ ...clientOf(bare.endpoint), forcePathStyle: true });
    const { Body } = await s3.send(
      new GetObjectCommand({ Bucket: "bare-state", Key: `${args.name}/addons/authentication.aws/k8s-1.12.yaml` }),
    );
    return (await Body?.transformToString()) ?? "";
  };

  it("admits an identity that the spec maps, as that user and groups, by a credential-free kubeconfig", async () => {
    const request = {
      nodeGroups: { nodes: { machineType: "t3.large", count: 1 } },
      authentication: {
        iam: {
          identityMappings: [
            {
              arn: `arn:aws:iam::${account}:role/platform`,
              username: "platform:{{SessionName}}",
              groups: ["platform-team"],
            },
          ],
        },
      },
    };
    args = bareArgs("k1", bare.infrastructure, JSON.stringify(request));
    await bare.declare({ k1: args });
    expect((await bare.up()).output).to.contain(done);

    const manifest = await addon();
    const objects = yaml.loadAll(manifest) as {
      kind: string;
      spec: { template: { spec: { containers: { args: string[] }[] } } };
    }[];
    await bare.write("kind.yaml", yaml.dump(objects.find(({ kind }) => kind === "CustomResourceDefinition")));
    await bare.write("addon.yaml", manifest);
    await bare.kubectl("k1", "apply", "--filename", join(bare.folder, "kind.yaml"));
    await bare.kubectl(
      "k1",
      "wait",
      "--for=condition=Established",
      "--filename",
      join(bare.folder, "kind.yaml"),
      "--timeout=30s",
    );
    await bare.kubectl("k1", "apply", "--filename", join(bare.folder, "addon.yaml"));
    const daemonSet = objects.find(({ kind }) => kind === "DaemonSet");
    const cluster = (await bare.cloud()).clusters.find(({ name }) => name === args.name);
    const file = cluster?.kubeconfig ?? "";
    authenticator = await runAuthenticator(
      join(bare.folder, "bin", "aws-iam-authenticator"),
      { dir: dirname(file), kubeconfig: file },
      daemonSet?.spec.template.spec.containers[0]?.args ?? [],
      {
        PATH: process.env["PATH"] ?? "",
        HTTPS_PROXY: sts.proxy,
        SSL_CERT_FILE: join(bare.folder, "authority.pem"),
      },
    );
    await bare.kubectl(
      "k1",
      "wait",
      "--for=jsonpath={.status.canonicalARN}",
      "iamidentitymappings",
      "--all",
      "--timeout=30s",
    );

    const { k1 } = JSON.parse(
      (await bare.local("pulumi", "stack", "output", "clusters", "--json", "--stack", "sbx")).output,
    ) as { k1: { endpoint: string; certificateAuthority: string } };
    const { name, stateStore, kopsVersion } = args;
    text = kubeconfig({
      cluster: name,
      endpoint: k1.endpoint,
      certificateAuthority: k1.certificateAuthority,
      stateStore,
      kopsVersion,
      authentication: authenticationOf(name, args.cluster),
    });
    expect(text).to.contain("aws-iam-authenticator").and.to.equal(redact(text));
    await bare.write("login.yaml", text);
    expect(await whoIs(ada)).to.deep.include({
      username: "platform:ada",
      groups: ["platform-team", "system:authenticated"],
    });
  });

  it("admits nobody by a mapping with a role's path, and everybody of the role by the ARN that Pilot names", async () => {
    const role = "AWSReservedSSO_Admins_0123456789abcdef";
    const withPath = `arn:aws:iam::${account}:role/aws-reserved/sso.amazonaws.com/ap-southeast-2/${role}`;
    const map = async (name: string, arn: string): Promise<void> => {
      const mapping = {
        apiVersion: "iamauthenticator.k8s.aws/v1alpha1",
        kind: "IAMIdentityMapping",
        metadata: { name },
        spec: { arn, username: "admin:{{SessionName}}" },
      };
      await bare.write("mapping.yaml", yaml.dump(mapping));
      await bare.kubectl("k1", "apply", "--filename", join(bare.folder, "mapping.yaml"));
      const ready = ["--for=jsonpath={.status.canonicalARN}", `iamidentitymapping/${name}`, "--timeout=30s"];
      await bare.kubectl("k1", "wait", ...ready);
    };
    await map("with-path", withPath);
    expect((await bare.localFails(...words(grace))).output).to.contain(refused);
    const [, works = ""] = /^must be (\S+),/.exec(iamMappingProblem(withPath) ?? "") ?? [];
    await map("works", works);
    expect((await whoIs(grace)).username).to.equal("admin:grace");
  });

  it("refuses unmapped identities, wrong secrets and tokens made for another cluster", async () => {
    const refusal = async (signer: Signer, reason: string): Promise<void> => {
      expect((await bare.localFails(...words(signer))).output, reason).to.contain(refused);
      expect(authenticator?.said()).to.contain(reason);
    };
    await refusal(unmapped, "ARN is not mapped");
    const before = authenticator?.said().length ?? 0;
    await refusal({ ...ada, secret: "guessed" }, "SignatureDoesNotMatch");
    expect(authenticator?.said().slice(before)).not.to.contain("access granted");
    await bare.write("login.yaml", text.replace(`- ${args.name}\n`, "- another.bare.internal\n"));
    expect(await bare.read("login.yaml")).to.contain("another.bare.internal");
    expect((await bare.localFails(...words(ada))).output).to.contain(refused);
    await bare.write("login.yaml", text);
    expect((await whoIs(ada)).username).to.equal("platform:ada");
  });
});
