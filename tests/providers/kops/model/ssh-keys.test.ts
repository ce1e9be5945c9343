import { expect } from "chai";
import { keyPairOf, sshKeyId } from "../../../../providers/kops/model/ssh-keys.ts";
import { desiredSshKeys } from "../../../../providers/kops/store/ssh-keys.ts";
import { sshKeys } from "../../../ssh-keys.ts";

const id = (key: keyof typeof sshKeys): string => sshKeys[key].fingerprint.replaceAll(":", "");

describe("an SSH key", () => {
  for (const [name, { text, fingerprint }] of Object.entries(sshKeys)) {
    it(`${name} is stored under its fingerprint, whatever its comment`, () => {
      for (const one of [text, `${text.split(" ").slice(0, 2).join(" ")} other comment\n`])
        expect(sshKeyId(one)).to.equal(fingerprint.replaceAll(":", ""));
    });
  }

  for (const [what, text] of [
    ["that is empty", ""],
    ["without a key", "ssh-ed25519"],
    ["that is cut off", sshKeys.a.text.slice(0, 30)],
    ["without its end", sshKeys.rsa.text.slice(0, -4)],
    ["with another type than it names", sshKeys.a.text.replace("ssh-ed25519", "ssh-rsa")],
    [
      "that EC2 does not import",
      "ecdsa-sha2-nistp256 " +
        "AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBNMREZXpoA0u7Z/FxthIlAt8ERfgeD0ekLaxa5i/GXWtDaprmsHz7ZAyCvCZg+G1fXoYba3O05TRgnVSc4kP8wI= " +
        "e",
    ],
    ["that is private", "-----BEGIN OPENSSH PRIVATE KEY-----"],
  ] as const) {
    it(`${what} is invalid`, () => {
      expect(sshKeyId(text)).to.equal(undefined);
    });
  }

  for (const [what, cluster, key, pair] of [
    ["one by its fingerprint", {}, id("a"), `kubernetes.k1-${sshKeys.a.fingerprint}`],
    ["none without a key", { sshKeyName: null }, undefined, undefined],
    ["the named one, whatever the key", { sshKeyName: "team" }, id("a"), "team"],
    ["none if the spec says so, whatever the key", { sshKeyName: "" }, id("a"), undefined],
  ] as const) {
    it(`makes the key pair of a cluster: ${what}`, () => {
      expect(keyPairOf({ name: "k1", cluster }, key)).to.equal(pair);
    });
  }

  for (const [what, desired, stored, written, toBe] of [
    ["is the desired one", ["a"], [], [], ["a"]],
    ["is only the desired one, whoever wrote another", ["a"], ["b", "rsa"], ["rsa"], ["a"]],
    ["that is no longer desired is removed if this program wrote it", [], ["a"], ["a"], []],
    ["that somebody else wrote stays", [], ["a", "b"], ["b"], ["a"]],
    ["stays if it is unknown who wrote it", [], ["a"], undefined, ["a"]],
  ] as [
    string,
    (keyof typeof sshKeys)[],
    (keyof typeof sshKeys)[],
    (keyof typeof sshKeys)[] | undefined,
    (keyof typeof sshKeys)[],
  ][]) {
    it(`of a cluster ${what}`, () => {
      expect(
        desiredSshKeys({ sshPublicKeys: desired.map((key) => sshKeys[key].text) }, stored.map(id), written?.map(id)),
      ).to.deep.equal(toBe.map(id));
    });
  }
});
