import { expect } from "chai";
import { fieldValues } from "../../../../../providers/kops/kops-cli/output/field-values.ts";

const line = (field: string, text: string): string => `  \t${field.padEnd(20)}\t ${text}`;

describe("old and new value of a field in a dry run", () => {
  for (const [what, kind, field, text, expected] of [
    ["are read", "LaunchTemplate", "InstanceType", "t3.large -> t3.xlarge", ["t3.large", "t3.xlarge"]],
    ["say none for what is absent", "AutoscalingGroup", "WarmPool", "<nil> -> id:<nil>", undefined],
    ["say none for the old one only", "NatGateway", "VPC", "<nil> -> name:k1", ["none", "name:k1"]],
    [
      "say none for an empty list",
      "AutoscalingGroup",
      "SuspendProcesses",
      "[] -> [AZRebalance]",
      ["none", "AZRebalance"],
    ],
    [
      "are, of tags, the keys of what differs, in whatever order Go prints them",
      "LaunchTemplate",
      "Tags",
      "{Name: a, team: x, env: p} -> {env: p, cost: 7, Name: a}",
      ["team", "cost"],
    ],
    [
      "are cut where they are long",
      "AutoscalingGroup",
      "InstanceRequirements",
      `{"a":1} -> {"b":"${"x".repeat(90)}"}`,
      ['"a":1', `"b":"${"x".repeat(54)}…`],
    ],
  ] as const) {
    it(what, () => {
      const found = fieldValues(kind, line(field, text));
      expect(found && [found[0], found[1].from, found[1].to]).to.deep.equal(expected && [field, ...expected]);
    });
  }

  for (const [what, kind, text] of [
    ["a script", "LaunchTemplate", line("UserData", "a -> b")],
    ["a file", "ManagedFile", line("Public", "false -> true")],
    ["a policy", "IAMRolePolicy", line("PolicyDocument", "{} -> {}")],
    ["a queue's policy", "SQS", line("Policy", "{} -> {}")],
    ["a secret", "Secret", line("Name", "a -> b")],
    ["a key pair", "Keypair", line("Subject", "a -> b")],
    ["a public key", "SSHKey", line("KeyFingerprint", "a -> b")],
    ["the first line of a text", "EventBridgeRule", "  \tEventPattern        "],
    ["a line of a text", "EventBridgeRule", "  \t                    \t+ a -> b"],
    ["values with an arrow of their own", "AutoscalingGroup", line("Tags", "a -> b -> c")],
  ] as const) {
    it(`are not told of ${what}`, () => {
      expect(fieldValues(kind, text)).to.equal(undefined);
    });
  }

  it("hold no value of a tag, and nothing that looks like a credential", () => {
    expect(fieldValues("LaunchTemplate", line("Tags", "{a: b} -> {a: s3cret}"))?.[1]).to.deep.equal({
      from: "a",
      to: "a",
    });
    const list = "[] -> [x, AKIAABCDEFGHIJKLMNOP]";
    expect(fieldValues("AutoscalingGroup", line("SuspendProcesses", list))?.[1].to).to.equal("[redacted], x");
  });
});
