import { expect } from "chai";
import { ownerOf, ownerVariable } from "../../../local/base/owner.ts";
import { localEnvironment } from "../../../local/workspace/environment.ts";
import { layoutOf } from "../../../local/base/layout.ts";

describe("the owner of a local cloud", () => {
  const owner = { pid: 4711, began: "99" };

  it("is named by the environment, also of commands in the local cloud", () => {
    const caller = { [ownerVariable]: JSON.stringify(owner) };
    expect(ownerOf(caller)).to.deep.equal(owner);
    expect(
      ownerOf(localEnvironment(layoutOf("/checkout", {}), { endpoint: "http://127.0.0.1:1", clusters: [] }, caller)),
    ).to.deep.equal(owner);
    expect(ownerOf({})).to.equal(undefined);
    expect(ownerOf({ [ownerVariable]: "" })).to.equal(undefined);
  });

  for (const bad of ["4711", "nobody", '{"pid":"4711"}']) {
    it(`is not ${bad}: another process may get the same number later`, () => {
      expect(() => ownerOf({ [ownerVariable]: bad }))
        .to.throw(/is not a process[^]*Next: unset PILOT_CLOUD_OWNER/)
        .with.property("name", "Problem");
    });
  }
});
