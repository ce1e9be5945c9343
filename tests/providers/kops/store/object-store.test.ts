import { expect } from "chai";
import { parseStoreUrl } from "../../../../providers/kops/store/object-store.ts";

describe("the URL of a state store", () => {
  for (const [url, parts] of [
    ["s3://bucket", { bucket: "bucket", prefix: "" }],
    ["s3://bucket/", { bucket: "bucket", prefix: "" }],
    ["s3://bucket/a/b/", { bucket: "bucket", prefix: "a/b/" }],
  ] as const) {
    it(`${url} splits into bucket and prefix`, () => {
      expect(parseStoreUrl(url)).to.deep.equal(parts);
    });
  }
});
