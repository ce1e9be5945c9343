import { expect } from "chai";
import { planKey } from "../../../../providers/kops/plan/plan-cache.ts";
import type { PlanKeyFacts } from "../../../../providers/kops/plan/plan-cache.ts";
import { sampleInputs } from "../samples.ts";

describe("the key of a cached plan", () => {
  const key = (changes: Partial<PlanKeyFacts> = {}): string =>
    planKey({ inputs: sampleInputs(), etags: { "k1/config": "1" }, cloud: "c", env: {}, ...changes });

  for (const [what, changes] of [
    ["the spec", { inputs: sampleInputs({ kopsVersion: "1.35.1" }) }],
    ["the store", { inputs: sampleInputs({ stateStore: "s3://another" }) }],
    ["a manifest in the store", { etags: { "k1/config": "2" } }],
    ["the cloud", { cloud: "d" }],
    ["that images are taken anew", { inputs: sampleInputs({ allow: ["image"] }) }],
    ["that unknown fields may pass", { inputs: sampleInputs({ allow: ["unknownFields"] }) }],
    ["that an older kOps may work", { inputs: sampleInputs({ allowDowngrade: true }) }],
    ["features of kOps", { env: { KOPS_FEATURE_FLAGS: "APIServerNodes" } }],
    ["a mirror of kOps's programs", { env: { KOPS_BASE_URL: "https://mirror.example.com/kops/1.35.0" } }],
    ["an image of kOps's own", { env: { DNSCONTROLLER_IMAGE: "example.com/dns-controller" } }],
    ["a mirror of CNI plug-ins", { env: { CNI_VERSION_URL: "https://mirror.example.com/cni.tgz" } }],
  ] satisfies [string, Partial<PlanKeyFacts>][]) {
    it(`is another with ${what}`, () => {
      expect(key(changes)).not.to.equal(key());
    });
  }

  for (const [what, changes] of [
    ["how nodes are rolled", { inputs: sampleInputs({ rollingUpdate: { nodeInterval: "1m" } }) }],
    ["a refusal let through that kOps does not know of", { inputs: sampleInputs({ allow: ["networking"] }) }],
    [
      "a session of AWS",
      { env: { AWS_SESSION_TOKEN: "t", AWS_PROFILE: "p", KOPS_AWS_ROLE_ARN: "arn:aws:iam::123456789012:role/r" } },
    ],
    ["what kOps does not read", { env: { PATH: "/bin", PULUMI_STACK: "sbx" } }],
  ] satisfies [string, Partial<PlanKeyFacts>][]) {
    it(`is the same with another of ${what}`, () => {
      expect(key(changes)).to.equal(key());
    });
  }
});
