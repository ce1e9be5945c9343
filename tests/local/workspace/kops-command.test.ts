import { expect } from "chai";
import { withApiServer } from "../../../local/workspace/kops-command.mjs";

const one = { "k1.sbx.test": { server: "https://127.0.0.1:1" } };
const two = { ...one, "k2.sbx.test": { server: "https://127.0.0.1:2" } };

describe("kops inside the local cloud", () => {
  for (const [what, args, known, expected] of [
    [
      "adds name and API address of the only cluster",
      ["get", "instances"],
      one,
      ["get", "instances", "--name", "k1.sbx.test", "--api-server", "https://127.0.0.1:1/#"],
    ],
    [
      "uses the cluster that a flag names",
      ["validate", "cluster", "--name", "k2.sbx.test"],
      two,
      ["validate", "cluster", "--name", "k2.sbx.test", "--api-server", "https://127.0.0.1:2/#"],
    ],
    [
      "uses the cluster that an argument names",
      ["rolling-update", "cluster", "k2.sbx.test", "--yes"],
      two,
      ["rolling-update", "cluster", "k2.sbx.test", "--yes", "--api-server", "https://127.0.0.1:2/#"],
    ],
    ["adds nothing when several clusters are possible", ["get", "instances"], two, ["get", "instances"]],
    [
      "keeps a given API address",
      ["validate", "cluster", "--api-server=https://x"],
      one,
      ["validate", "cluster", "--api-server=https://x"],
    ],
    ["does not change other commands", ["update", "cluster", "k1.sbx.test"], one, ["update", "cluster", "k1.sbx.test"]],
  ] as const) {
    it(what, () => {
      expect(withApiServer(args, known)).to.deep.equal(expected);
    });
  }
});
