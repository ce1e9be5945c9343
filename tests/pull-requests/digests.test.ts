import { createHash } from "node:crypto";
import { expect } from "chai";
import { digestOf } from "../../providers/kops/model/spec.ts";
import { unknownValue } from "../../providers/kops/model/unknown.ts";
import { changeDigests, encryptedDigest, isAmong } from "../../pull-requests/preview/digests.ts";
import { resourceChanges } from "../../pull-requests/preview/steps.ts";

const of = (before: unknown, after: unknown, encrypted = "e") =>
  changeDigests(before, after, { encrypted, names: new Map() });

describe("the digests of a change", () => {
  it("are one for each property that differs, of its old and its new value", () => {
    const found = of({ a: 1, same: [1], tags: { x: "1" } }, { a: 2, same: [1], tags: { x: "1", y: "2" }, new: [true] });
    expect(Object.keys(found)).to.have.members(["a", "tags.y", "new[0]"]);
    expect(of({ a: 1 }, { a: 3 })["a"]).to.not.equal(found["a"]);
    expect(of({ a: 0 }, { a: 2 })["a"]).to.not.equal(found["a"]);
  });

  it("cover every input of a new resource, and what is removed or emptied", () => {
    expect(Object.keys(of(undefined, { a: 1, list: [{ b: 2 }], none: {} }))).to.have.members([
      "a",
      "list[0].b",
      "none",
    ]);
    expect(Object.keys(of({ a: 1, b: { c: 1 } }, { a: 1 }))).to.deep.equal(["b.c"]);
    expect(Object.keys(of({ a: [1, 2], b: "x" }, { a: [], b: { c: 1 } }))).to.have.members(["a", "b"]);
    expect(of({ __provider: "a", a: 1 }, { __provider: "b", a: 1 })).to.deep.equal({});
  });

  it("mark what is known only after the change, and that stands for any value there", () => {
    const reviewed = of({ id: "vpc-1" }, { id: unknownValue, subnets: unknownValue, a: 1 });
    expect(reviewed).to.deep.include({ id: "unknown", subnets: "unknown" });
    const now = of({ id: "vpc-1" }, { id: "vpc-2", subnets: ["subnet-1"], a: 2 });
    expect(
      Object.entries(now)
        .filter(([path, digest]) => !isAmong(path, digest, reviewed))
        .map(([path]) => path),
    ).to.deep.equal(["a"]);
    expect(isAmong("subnetsOther", "0", reviewed)).to.equal(false);
  });

  it("have no secret in them, and still differ when a secret of the stack file does", () => {
    const file = (secret: string): string => `config:\n  pilot:clusterSecrets:\n    k1: { secure: ${secret} }\n`;
    const [one, other] = [encryptedDigest(file("v1:abc")), encryptedDigest(file("v1:def"))];
    const inputs = { password: "[secret]", note: "password: hunter2hunter2" };
    // Pulumi prints the same mask for the old and the new secret.
    const found = of(inputs, { ...inputs, note: "password: hunter3hunter3" }, one);
    expect(Object.keys(found)).to.have.members(["password", "note"]);
    expect(of(inputs, inputs, one)["password"]).to.not.equal(of(inputs, inputs, other)["password"]);
    // A guess has the digest of the text alone, or of the change.
    const guesses = ["password: hunter3hunter3", "hunter3hunter3"].flatMap((text) => [
      digestOf(text),
      digestOf([inputs.note, text]),
      createHash("sha256").update(text).digest("hex").slice(0, 16),
    ]);
    expect(guesses).to.not.include(found["note"]);
    expect(of({ note: "password: aaaaaaaaaaaa" }, { note: "password: bbbbbbbbbbbb" }, one)).to.deep.equal(
      of({ note: "password: cccccccccccc" }, { note: "password: dddddddddddd" }, one),
    );
  });

  it("know no random name, wherever it is: each preview makes another one", () => {
    const steps = (digits: string) => [
      {
        op: "create",
        urn: "urn:pulumi:sbx::pilot::aws:iam/role:Role::sbx",
        newState: { inputs: { name: `sbx-${digits}`, path: "/", __defaults: ["name", "path"] } },
      },
      {
        op: "create",
        urn: "urn:pulumi:sbx::pilot::aws:iam/rolePolicy:RolePolicy::sbx",
        newState: { inputs: { role: `sbx-${digits}`, policy: `{"Resource":"role/sbx-${digits}"}` } },
      },
      {
        op: "create",
        urn: "urn:pulumi:sbx::pilot::kubernetes:core/v1:Secret::a",
        newState: { inputs: { metadata: { name: `a-${digits}0`, annotations: { "pulumi.com/autonamed": "true" } } } },
      },
    ];
    const found = (digits: string) => resourceChanges({ steps: steps(digits) }, "e").map(({ digests }) => digests);
    expect(found("0a1b2c3")).to.deep.equal(found("9f8e7d6"));
    // A name that somebody gave is compared.
    const given = (name: string) =>
      resourceChanges({ steps: [{ op: "create", urn: "u::v::w::x", newState: { inputs: { name } } }] }, "e");
    expect(given("sbx-0a1b2c3")).to.not.deep.equal(given("sbx-9f8e7d6"));
  });

  it("are the same for a stack file in other words", () => {
    expect(encryptedDigest("config: { a:b: { secure: v1:abc } } # note\n")).to.equal(
      encryptedDigest("config:\n  a:b:\n    secure: v1:abc\n"),
    );
    expect(encryptedDigest(undefined)).to.equal(encryptedDigest("config: {}\n"));
  });
});
