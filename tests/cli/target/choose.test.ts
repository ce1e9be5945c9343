import { expect } from "chai";
import { chooseCluster, chooseStore, type StoreFacts } from "../../../cli/target/choose.ts";

describe("the store of a command", () => {
  const none: StoreFacts = { args: ["k1"], stack: undefined, variable: undefined, stacks: [] };
  for (const [what, facts, chosen] of [
    ["its first word", { args: ["s3://a/b", "k1"] }, { source: { url: "s3://a/b" }, words: ["k1"] }],
    ["that of --stack", { stack: "prod", stacks: ["prod", "sbx"] }, { source: { stack: "prod" }, words: ["k1"] }],
    ["that of --stack, also with a variable", { stack: "prod", variable: "s3://v" }, { source: { stack: "prod" } }],
    ["KOPS_STATE_STORE", { variable: "s3://v", stacks: ["sbx"] }, { source: { url: "s3://v" }, words: ["k1"] }],
    ["its first word, also with a variable", { args: ["s3://a"], variable: "s3://v" }, { source: { url: "s3://a" } }],
    ["that of the only stack", { stacks: ["sbx"] }, { source: { stack: "sbx" }, words: ["k1"] }],
    [
      "that of the only stack, if the variable is empty",
      { variable: "", stacks: ["sbx"] },
      { source: { stack: "sbx" } },
    ],
  ] as const satisfies [string, Partial<StoreFacts>, object][])
    it(`is ${what}`, () => {
      expect(chooseStore({ ...none, ...facts })).to.deep.include(chosen);
    });

  for (const [what, facts, why] of [
    [
      "two of them",
      { args: ["s3://a", "k1"], stack: "sbx" },
      /takes the state store \(s3:\/\/a\) or --stack sbx, not both/,
    ],
    ["a variable that is no store", { variable: "gs://v" }, /KOPS_STATE_STORE is "gs:\/\/v"/],
    [
      "several stacks",
      { stacks: ["sbx", "prod"] },
      /neither --stack nor KOPS_STATE_STORE .*several stacks \(prod, sbx\)/,
    ],
    ["a project without a stack", {}, /the project has no Pulumi\.<stack>\.yaml/],
  ] as const satisfies [string, Partial<StoreFacts>, RegExp][])
    it(`is not guessed from ${what}`, () => {
      expect(chooseStore({ ...none, ...facts }))
        .to.have.property("why")
        .that.matches(why);
    });
});

describe("the cluster of a command", () => {
  const living = ["k1.sbx.example.com", "k2.prod.example.com", "k2.sbx.example.com", "k10.sbx.example.com"];
  const known = [...living, "k2.old.example.com", "gone.sbx.example.com"];
  for (const [word, chosen] of [
    ["k1", { cluster: "k1.sbx.example.com" }],
    ["k10", { cluster: "k10.sbx.example.com" }],
    ["gone", { cluster: "gone.sbx.example.com" }],
    ["k9.sbx.example.com", { cluster: "k9.sbx.example.com" }],
    ["k2", { why: "k2 names more than one", names: ["k2.prod.example.com", "k2.sbx.example.com"] }],
    ["k", { why: "none is called k", names: living.toSorted() }],
  ] as const)
    it(`is chosen by ${word}: ${"cluster" in chosen ? chosen.cluster : "none"}`, () => {
      expect(chooseCluster(word, { living, known })).to.deep.equal(chosen);
    });
});
