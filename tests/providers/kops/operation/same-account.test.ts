import { expect } from "chai";
import { refuseOtherAccount } from "../../../../providers/kops/operation/same-account.ts";

const identity = { region: "ap-southeast-2" };

describe("the AWS account of a cluster", () => {
  const run = (accountId: string | undefined, actual: string) => () => {
    refuseOtherAccount("k1.example.com", { identity: { ...identity, ...(accountId && { accountId }) } }, actual);
  };

  it("is the one in its journal: an operation with credentials of another is refused, with both accounts", () => {
    expect(run("111111111111", "222222222222")).to.throw(
      /k1\.example\.com cannot .*in the AWS account 111111111111 by its journal, and they are for the account 222222222222/s,
    );
    expect(run("111111111111", "111111111111")).not.to.throw();
  });

  it("is not known by journals of older programs: the next operation notes it", () => {
    expect(run(undefined, "222222222222")).not.to.throw();
    expect(() => {
      refuseOtherAccount("k1.example.com", {}, "222222222222");
    }).not.to.throw();
  });
});
