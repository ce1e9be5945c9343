import { expect } from "chai";
import yaml from "js-yaml";
import { kopsKeysOf } from "../../../../providers/kops/store/keys.ts";
import { rejection } from "../../../local/rejection.ts";
import { memoryStore } from "../memory-store.ts";
import {
  findCertificateAuthority,
  readCertificateAuthority,
} from "../../../../providers/kops/store/certificate-authority.ts";

const cluster = "k1.example.com";
const { ca } = kopsKeysOf(cluster);
const pem = (name: string): string => `-----BEGIN CERTIFICATE-----\n${name}\n-----END CERTIFICATE-----\n`;
const keyset = (...names: string[]): string =>
  yaml.dump({
    spec: { keys: names.map((name) => ({ id: name, publicMaterial: Buffer.from(pem(name)).toString("base64") })) },
  });

describe("the certificate authority in the state store", () => {
  it("is every certificate of kOps's keyset, one after another", async () => {
    const store = memoryStore();
    await store.put(ca, keyset("old", "new"));
    expect(await readCertificateAuthority(store, cluster)).to.equal(`${pem("old")}${pem("new")}`.trimEnd());
  });

  it("may be missing only where a create may have been killed before kOps made it", async () => {
    const store = memoryStore();
    expect(await findCertificateAuthority(store, cluster)).to.equal(undefined);
    expect((await rejection(readCertificateAuthority(store, cluster))).message).to.contain(
      `s3://memory/${ca} does not exist`,
    );
  });

  it("never counts as missing when it cannot be read", async () => {
    const store = memoryStore();
    await store.put(ca, "something: else\n");
    expect((await rejection(findCertificateAuthority(store, cluster))).message).to.contain(
      `s3://memory/${ca} is not a kOps keyset`,
    );
  });
});
