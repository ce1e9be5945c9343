import { expect } from "chai";
import { changesTags } from "../../../components/environment/guards/preflight.ts";

const tag = {
  name: "k1-private-a/kubernetes.io/cluster/k1",
  id: "subnet-a",
  key: "kubernetes.io/cluster/k1",
  value: "shared",
};
const there = { [tag.name]: { resourceId: "subnet-a", key: tag.key, value: "shared" } };

describe("the tags of a cluster", () => {
  for (const [what, current, changes] of [
    ["that are in the state need no preflight", there, false],
    ["that are not in the state need a preflight", {}, true],
    [
      "that move to another subnet need a preflight",
      { [tag.name]: { ...there[tag.name], resourceId: "subnet-b" } },
      true,
    ],
    ["that change their value need a preflight", { [tag.name]: { ...there[tag.name], value: "owned" } }, true],
  ] as const) {
    it(what, () => {
      expect(changesTags([tag], current as typeof there)).to.equal(changes);
    });
  }
});
