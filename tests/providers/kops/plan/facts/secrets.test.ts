import { expect } from "chai";
import { checkInputs } from "../../../../../providers/kops/rules/check-inputs.ts";
import { redacting } from "../../../../../providers/kops/runtime/log.ts";
import {
  secretChanges,
  secretDigests,
  secretLines,
  sensitivePieces,
} from "../../../../../providers/kops/model/secrets.ts";
import { withoutMissingSecrets } from "../../../../../providers/kops/plan/facts/secrets.ts";
import { desiredSpec, digestOf } from "../../../../../providers/kops/model/spec.ts";
import { unknownValue } from "../../../../../providers/kops/model/unknown.ts";
import { authority, otherUsages } from "../../authorities.ts";
import { sampleInputs } from "../../samples.ts";
import { withoutSecrets } from "../../../../../providers/kops/plan/store-copy.ts";

const password = "c2VjcmV0LXB1bGwtdG9rZW4=";
const dockerConfig = JSON.stringify({ auths: { "registry.example.com": { auth: password } } });
const ciliumPassword = "keys: 3 rfc4106(gcm(aes)) 0123456789abcdef0123456789abcdef01234567 128\n";
const cluster = "k1.sbx.example.com";

const problemsOf = (secrets: unknown): string[] =>
  checkInputs({ ...sampleInputs({ cluster: { kubernetesVersion: "1.34.3", encryptionConfig: true } }), secrets }).map(
    ({ property, reason }) => `${property}: ${reason}`,
  );

describe("secrets", () => {
  it("accepts secrets that kOps can read", () => {
    expect(
      problemsOf({
        dockerConfig,
        ciliumPassword,
        encryptionConfig: "kind: EncryptionConfiguration",
        certificateAuthority: authority,
      }),
    ).to.deep.equal([]);
  });

  for (const [what, secrets, problem] of [
    ["a docker config that is no JSON", { dockerConfig: `auth=${password}` }, "secrets.dockerConfig: must be the JSON"],
    [
      "an encryption config that is no YAML mapping",
      { encryptionConfig: password },
      "secrets.encryptionConfig: must be a YAML mapping",
    ],
    [
      "a Cilium password that is a list",
      { ciliumPassword: `- ${password}` },
      "secrets.ciliumPassword: must be a YAML mapping",
    ],
    [
      "a certificate that is none",
      { certificateAuthority: { ...authority, certificate: `-----BEGIN CERTIFICATE-----\n${password}` } },
      "secrets.certificateAuthority: the certificate cannot be read",
    ],
    [
      "the key of another certificate",
      { certificateAuthority: { ...authority, privateKey: otherUsages.privateKey } },
      "secrets.certificateAuthority: certificate and privateKey do not belong together",
    ],
    [
      "a key that is cut off",
      { certificateAuthority: { ...authority, privateKey: authority.privateKey.slice(0, 60) } },
      "secrets.certificateAuthority: the private key cannot be read",
    ],
    [
      "an authority over which kOps would issue another",
      { certificateAuthority: otherUsages },
      "secrets.certificateAuthority: the certificate's key usages",
    ],
  ] as const) {
    it(`refuses ${what}, and repeats nothing of it`, () => {
      const [found, ...more] = problemsOf(secrets);
      expect(more).to.deep.equal([]);
      expect(found).to.match(new RegExp(`^${problem}`));
      expect(found).not.to.contain(password);
      expect(found).not.to.match(/MI[A-Za-z0-9+/]{8}/);
    });
  }

  it("accepts secrets that are still unknown", () => {
    expect(
      problemsOf({
        dockerConfig: unknownValue,
        certificateAuthority: { certificate: unknownValue, privateKey: unknownValue },
      }),
    ).to.deep.equal([]);
    expect(problemsOf(unknownValue)).to.deep.equal([]);
  });

  it("changes the digest of the spec with a secret, without its text in the spec", () => {
    const plain = desiredSpec(sampleInputs());
    const given = desiredSpec(sampleInputs({ secrets: { dockerConfig, ciliumPassword } }));
    expect(digestOf(given)).not.to.equal(digestOf(plain));
    expect(digestOf(desiredSpec(sampleInputs({ secrets: {} })))).to.equal(digestOf(plain));
    expect(JSON.stringify(given)).not.to.contain(password).and.not.to.contain("rfc4106");
  });

  const a = secretDigests({ dockerConfig: "{}" });
  const b = secretDigests({ dockerConfig: '{"auths":{}}' });
  for (const [what, desired, stored, written, actions] of [
    ["that is new is written", a, {}, {}, ["write dockerConfig"]],
    ["that changed is written", b, a, a, ["write dockerConfig"]],
    ["that the store has already is left alone, also when this program does not know of it", a, a, {}, []],
    ["that somebody deleted by hand is written", a, {}, a, ["write dockerConfig"]],
    ["that is no longer wanted is deleted", {}, a, a, ["delete dockerConfig"]],
    ["that is gone already is not deleted again", {}, {}, a, []],
    ["that somebody else wrote stays", {}, a, {}, []],
  ] as const) {
    it(`one ${what}`, () => {
      expect(secretChanges(desired, stored, written).map(({ name, action }) => `${action} ${name}`)).to.deep.equal(
        actions,
      );
    });
  }

  it("names secrets and their effect in a plan, never their content", () => {
    const lines = secretLines(
      { secrets: { dockerConfig: "{}", encryptionConfig: "a: b" } },
      { secrets: { dockerConfig, ciliumPassword } },
    );
    expect(lines.map((line) => line.split(":")[0])).to.deep.equal([
      "secret dockerConfig changes",
      "secret encryptionConfig is removed",
      "secret ciliumPassword is added",
    ]);
    expect(lines.join()).not.to.contain(password);
    expect(
      secretLines(sampleInputs({ secrets: { dockerConfig } }), sampleInputs({ secrets: { dockerConfig } })),
    ).to.deep.equal([]);
  });

  it("keeps secrets out of the log, however kOps splits its output", () => {
    const clean = redacting(sensitivePieces({ dockerConfig, ciliumPassword, certificateAuthority: authority }));
    const key = authority.privateKey.split("\n")[1] ?? "";
    for (const line of [
      dockerConfig,
      `auth ${password}!`,
      Buffer.from(dockerConfig).toString("base64"),
      `  + ${ciliumPassword}`,
      "at 0123456789abcdef0123456789abcdef01234567",
      key,
    ]) {
      expect(clean(line))
        .to.contain("[redacted]")
        .and.not.to.match(/c2VjcmV0|0123456789abcdef|MIGH/);
    }
    expect(clean("Will modify resources:")).to.equal("Will modify resources:");
  });

  it("keeps secrets and private keys out of a preview's copy", () => {
    const copied = (key: string, body: string): string | undefined =>
      withoutSecrets(cluster, `${cluster}/${key}`, body);
    expect(copied("secrets/dockerconfig", '{"Data":"c2VjcmV0"}')).to.equal(undefined);
    expect(copied("pki/private/service-account/keyset.yaml", "a: b\n    privateMaterial: c2VjcmV0\nc: d\n")).to.equal(
      "a: b\nc: d\n",
    );
    expect(copied("config", "a: b")).to.equal("a: b");
  });

  it("runs the dry run without secrets that are not written yet", () => {
    const spec = desiredSpec(
      sampleInputs({
        cluster: { encryptionConfig: true, networking: { cilium: { enableEncryption: true, x: 1 } }, y: 2 },
      }),
    );
    expect(withoutMissingSecrets(spec, ["encryptionConfig", "ciliumPassword", "dockerConfig"]).cluster).to.deep.equal({
      networking: { cilium: { enableEncryption: false, x: 1 } },
      y: 2,
    });
    expect(withoutMissingSecrets(spec, [])).to.deep.equal(spec);
  });
});
