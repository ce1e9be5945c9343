import { expect } from "chai";
import { loginHours } from "../../../../providers/kops/kubernetes/api-client.ts";
import { keepLogin } from "../../../../providers/kops/kubernetes/drain.ts";

describe("the admin certificate for the drains of removed groups", () => {
  it("lasts for two drains, in whole hours", () => {
    expect([
      loginHours(),
      loginHours({ drainTimeout: "40m" }),
      loginHours({ drainTimeout: "3h", postDrainDelay: "30m" }),
    ]).to.deep.equal([1, 2, 7]);
  });

  it("is renewed before a drain that it might not outlive, and kept otherwise", async () => {
    let minutes = 0;
    let logins = 0;
    const login = keepLogin(
      () => Promise.resolve((logins += 1)),
      1,
      () => minutes * 60_000,
    );
    const seen: number[] = [];
    for (minutes of [0, 15, 29, 30, 59, 60]) seen.push(await login());
    expect(seen).to.deep.equal([1, 1, 1, 2, 2, 3]);
  });
});
