import { expect } from "chai";
import { lineRedactor, redact } from "../../../../providers/kops/runtime/redact.ts";

const base64 = (text: string): string => Buffer.from(text).toString("base64");
const pem = (kind: string): string => `-----BEGIN ${kind}-----\nMIIEpAIBAAKCAQEA7\n-----END ${kind}-----`;

describe("what may be printed", () => {
  const table: [string, string, string][] = [
    ["a private key", `key ${pem("RSA PRIVATE KEY")} end`, "key [redacted] end"],
    ["a private key that is cut off", "key -----BEGIN PRIVATE KEY-----\nMIIE", "key [redacted]"],
    ...["RSA PRIVATE KEY", "EC PRIVATE KEY", "PRIVATE KEY", "OPENSSH PRIVATE KEY", "ENCRYPTED PRIVATE KEY"].map(
      (kind): [string, string, string] => [
        `a keyset's ${kind}`,
        `material: ${base64(pem(kind))}`,
        "material: [redacted]",
      ],
    ),
    ["an access key's id", "InvalidClientTokenId: AKIAABCDEFGHIJKLMNOP", "InvalidClientTokenId: [redacted]"],
    ["a session's id", "signed by ASIAABCDEFGHIJKLMNOP.", "signed by [redacted]."],
    ["an access key's secret", '"SecretAccessKey": "wJalrXUtnFEMI/K7MDENG"', '"SecretAccessKey": "[redacted]"'],
    [
      "the same in an AWS configuration",
      "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG",
      "aws_secret_access_key = [redacted]",
    ],
    ["a session token", "AWS_SESSION_TOKEN=IQoJb3JpZ2luX2Vj", "AWS_SESSION_TOKEN=[redacted]"],
    ["a password", "password: hunter2hunter2", "password: [redacted]"],
    [
      "a docker config's login",
      '{"auths":{"ghcr.io":{"auth":"dXNlcjpwYXNzd29yZA=="}}}',
      '{"auths":{"ghcr.io":{"auth":"[redacted]"}}}',
    ],
    ["a kubeconfig's key", `client-key-data: ${base64(pem("RSA PRIVATE KEY"))}`, "client-key-data: [redacted]"],
    ["a service account's token", "got eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl back", "got [redacted] back"],
    ["an IAM authenticator's token", "k8s-aws-v1.aHR0cHM6Ly9zdHM refused", "[redacted] refused"],
    ["an authorization header", "Authorization: Bearer abcdefghijkl", "Authorization: Bearer [redacted]"],
    [
      "a signed address",
      "GET https://b.s3.amazonaws.com/k?X-Amz-Credential=AK%2F2026&X-Amz-Security-Token=IQo&X-Amz-Signature=0abc&x=1",
      "GET " +
        "https://b.s3.amazonaws.com/k?X-Amz-Credential=[redacted]&X-Amz-Security-Token=[redacted]&X-Amz-Signature=[redacted]&x=1",
    ],
    ["a proxy's password", "proxyconnect http://me:s3cr3t@proxy:3128", "proxyconnect http://me:[redacted]@proxy:3128"],
  ];
  for (const [what, text, desired] of table) {
    it(`is not ${what}`, () => {
      expect(redact(text)).to.equal(desired);
      expect(redact(desired)).to.equal(desired);
    });
  }

  for (const text of [
    pem("CERTIFICATE"),
    `certificate-authority-data: ${base64(pem("CERTIFICATE"))}`,
    base64(pem("PUBLIC KEY")),
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ me@here",
    "LaunchTemplate/nodes.k1.example.com",
    "  UserData   <diff>  httpTokens: required",
    'Secret/admin "kube" created; secret: yes',
    "https://api.k1.example.com:8443/api/v1/nodes",
    "$ kops replace --force -f manifest.yaml --state s3://state/below",
    "arn:aws:iam::123456789012:role/deployer",
  ]) {
    it(`is ${text.split("\n")[0]?.slice(0, 40) ?? ""}`, () => {
      expect(redact(text)).to.equal(text);
    });
  }

  it("is everything in a stream of lines except the lines of a private key", () => {
    const clean = lineRedactor();
    const lines = [
      "before",
      "  -----BEGIN RSA PRIVATE KEY-----",
      "  MIIEpAIBAAKCAQEA7",
      "  7hd7sGHs",
      "  -----END RSA PRIVATE KEY----- after",
      "last",
    ];
    expect(lines.map(clean)).to.deep.equal([
      "before",
      "  [redacted]",
      "[redacted]",
      "[redacted]",
      "[redacted] after",
      "last",
    ]);
    expect(clean(pem("RSA PRIVATE KEY"))).to.equal("[redacted]");
    expect(clean("still read")).to.equal("still read");
  });

  it("is the rest of a log after a private key that never ends", () => {
    const clean = lineRedactor();
    clean("-----BEGIN PRIVATE KEY-----");
    for (let line = 0; line < 100; line += 1) expect(clean("MIIE")).to.equal("[redacted]");
    expect(clean("the next step")).to.equal("the next step");
  });
});
