import { expect } from "chai";
import { withOwnAssets } from "../../../../providers/kops/kops-cli/environment.ts";

describe("the URL of kOps's assets", () => {
  for (const [given, expected] of [
    ["https://mirror.example.com/kops/1.35.0", "https://mirror.example.com/kops/1.36.2"],
    ["https://mirror.example.com/kops/1.36.2", "https://mirror.example.com/kops/1.36.2"],
    ["http://127.0.0.1:4566/_pilot/assets/1.36.0-beta.1/", "http://127.0.0.1:4566/_pilot/assets/1.36.2"],
    ["https://mirror.example.com/kops/1.35.0-acme.7", "https://mirror.example.com/kops/1.35.0-acme.7"],
    ["https://mirror.example.com/kops", "https://mirror.example.com/kops"],
    ["", ""],
  ] as const) {
    it(`${given || "that is empty"} is ${expected || "unchanged"} for kOps 1.36.2`, () => {
      expect(withOwnAssets({ KOPS_BASE_URL: given, HOME: "/h" }, "1.36.2")).to.deep.equal({
        KOPS_BASE_URL: expected,
        HOME: "/h",
      });
    });
  }

  it("is kOps's own by default", () => {
    expect(withOwnAssets({ HOME: "/h" }, "1.36.2")).to.deep.equal({ HOME: "/h" });
  });
});
