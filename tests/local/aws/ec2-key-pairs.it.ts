import { expect } from "chai";
import { DeleteKeyPairCommand, DescribeKeyPairsCommand, ImportKeyPairCommand } from "@aws-sdk/client-ec2";
import { errorCode, given } from "./clients.ts";
import { awsOfSuite } from "./suite.ts";

describe("key pairs of the local cloud", function () {
  this.timeout(60_000);
  // From `ssh-keygen -t ed25519`, with the output of `ssh-keygen -l`. The private half was thrown away.
  const ed25519 = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHCJHDV1XwsbyMTHlxCxX2yixjvFgjsueqQ8U6NfzCfg";
  const printed = "SHA256:zu9bBOPQ1rZOcTznyH9pTftVcg9195iHSwQPn2gXg/0";
  const local = awsOfSuite();

  it("have ssh-keygen's fingerprint for ED25519, with padding and without prefix", async () => {
    const made = await local.clients.ec2.send(
      new ImportKeyPairCommand({ KeyName: "ed25519", PublicKeyMaterial: Buffer.from(ed25519) }),
    );
    expect(`SHA256:${given(made.KeyFingerprint).replace(/=+$/, "")}`).to.equal(printed);
    expect(made.KeyFingerprint).to.match(/=$/);
  });

  it("include their public key only on request, in any order", async () => {
    await local.clients.ec2.send(
      new ImportKeyPairCommand({ KeyName: "shown", PublicKeyMaterial: Buffer.from(ed25519) }),
    );
    for (const IncludePublicKey of [false, true, false, true]) {
      const { KeyPairs } = await local.clients.ec2.send(
        new DescribeKeyPairsCommand({ KeyNames: ["shown"], IncludePublicKey }),
      );
      expect(KeyPairs?.[0]?.PublicKey).to.equal(IncludePublicKey ? ed25519 : undefined);
    }
  });

  it("are found and deleted by id", async () => {
    await local.clients.ec2.send(
      new ImportKeyPairCommand({ KeyName: "kept", PublicKeyMaterial: Buffer.from(ed25519) }),
    );
    const made = await local.clients.ec2.send(
      new ImportKeyPairCommand({ KeyName: "by-id", PublicKeyMaterial: Buffer.from(ed25519) }),
    );
    const ids = { KeyPairIds: [given(made.KeyPairId)] };
    const found = await local.clients.ec2.send(new DescribeKeyPairsCommand(ids));
    expect(found.KeyPairs?.map((one) => one.KeyName)).to.deep.equal(["by-id"]);
    await local.clients.ec2.send(new DeleteKeyPairCommand({ KeyPairId: given(made.KeyPairId) }));
    expect(await errorCode(local.clients.ec2.send(new DescribeKeyPairsCommand(ids)))).to.equal(
      "InvalidKeyPair.NotFound",
    );
    const left = await local.clients.ec2.send(new DescribeKeyPairsCommand({ KeyNames: ["kept"] }));
    expect(left.KeyPairs).to.have.length(1);
  });
});
