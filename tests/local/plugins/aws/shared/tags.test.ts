import { expect } from "chai";
import {
  isIgnored,
  mergeTags,
  splitTags,
  tagChanges,
  type TagSettings,
} from "../../../../../local/plugins/aws/shared/tags.ts";
import { UNKNOWN } from "../../../../../local/plugins/protocol/values.ts";

const settings: TagSettings = {
  defaults: { owner: "pilot", cost: "1" },
  ignoredKeys: ["theirs"],
  ignoredPrefixes: ["kubernetes.io/"],
};

describe("the tags of the stand-in for the AWS plugin", () => {
  it("are the provider's, overridden by the resource's own", () => {
    expect(mergeTags({ Name: "a", cost: "2" }, settings)).to.deep.equal({ owner: "pilot", cost: "2", Name: "a" });
    expect(mergeTags(undefined, settings)).to.deep.equal({ owner: "pilot", cost: "1" });
  });

  it("are unknown while one of them is", () => {
    expect(mergeTags({ Name: UNKNOWN }, settings)).to.equal(UNKNOWN);
  });

  it("leave out ignored keys and AWS's own", () => {
    expect(
      ["theirs", "theirs2", "kubernetes.io/role/elb", "aws:cloudformation:stack-name", "Name"].filter((key) =>
        isIgnored(key, settings),
      ),
    ).to.deep.equal(["theirs", "kubernetes.io/role/elb", "aws:cloudformation:stack-name"]);
    expect(mergeTags({ theirs: "x", Name: "a" }, settings)).to.not.have.property("theirs");
  });

  it("are read without the provider's defaults", () => {
    const remote = {
      Name: "a",
      owner: "pilot",
      cost: "2",
      foreign: "f",
      theirs: "x",
      "aws:x": "y",
      "kubernetes.io/role/elb": "1",
    };
    expect(splitTags(remote, { Name: "a" }, settings)).to.deep.equal({
      tags: { Name: "a", cost: "2", foreign: "f" },
      tagsAll: { Name: "a", owner: "pilot", cost: "2", foreign: "f" },
    });
    // A tag that repeats a default on the resource belongs to the resource.
    expect(splitTags({ owner: "pilot" }, { owner: "pilot" }, settings).tags).to.deep.equal({ owner: "pilot" });
  });

  it("change key by key, and only our own keys are removed", () => {
    expect(tagChanges({ a: "1", b: "2", theirs: "x" }, { a: "1", b: "3", c: "" }, settings)).to.deep.equal({
      set: { b: "3", c: "" },
      remove: [],
    });
    expect(tagChanges({ a: "1", "kubernetes.io/role/elb": "1" }, {}, settings)).to.deep.equal({
      set: {},
      remove: ["a"],
    });
    expect(tagChanges(undefined, undefined, settings)).to.deep.equal({ set: {}, remove: [] });
  });
});
