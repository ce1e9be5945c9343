import { expect } from "chai";
import { refuseProtectedRemovals } from "../../../components/environment/guards/protected.ts";

describe("a cluster in the state without a file", () => {
  const cluster = (name: string, deletionProtection?: boolean) => ({
    resource: name,
    name: `${name}.sbx.example.com`,
    stateStore: "s3://state",
    state: { deletionProtection },
  });
  const current = { clusters: [cluster("k1", true), cluster("k2", false), cluster("k3")] };

  it("stops the run before anything is registered while it is protected, and names both ways out", () => {
    expect(() => {
      refuseProtectedRemovals("sbx", current, ["k2", "renamed"]);
    })
      .to.throw(
        /cannot be deleted: they are protected[^]*k1\.sbx\.example\.com: no file asks for it[^]*deletionProtection: false/,
      )
      .and.to.have.property("message")
      .that.does.not.contain("k3");
  });

  it("stops nothing if it may be deleted or its file exists", () => {
    refuseProtectedRemovals("sbx", current, ["k1"]);
    refuseProtectedRemovals("sbx", { clusters: [] }, []);
  });
});
