import { expect } from "chai";
import { ConflictError, openStore } from "../../../../providers/kops/store/object-store.ts";
import type { ObjectStore } from "../../../../providers/kops/store/object-store.ts";
import { rejection } from "../../../local/rejection.ts";
import { startAws } from "../../../local/aws/server.ts";
import type { Aws } from "../../../local/aws/server.ts";
import { makeStateBucket, storeVariables } from "../state-bucket.ts";

const region = "ap-southeast-2";

describe("the state store on S3", function () {
  this.timeout(60_000);
  let aws: Aws;
  let store: ObjectStore;
  const open = (url: string): ObjectStore => openStore(url, { region }, storeVariables(aws.endpoint));

  before(async () => {
    aws = await startAws();
    await makeStateBucket(aws.endpoint);
    store = open("s3://state/below/here");
  });
  after(() => aws.stop());

  it("returns what was written, below its prefix, and nothing for an absent object", async () => {
    const etag = await store.put("a/one", "text");
    expect(await store.get("a/one")).to.deep.equal({ body: "text", etag });
    expect(await open("s3://state").list("below/here/")).to.deep.equal([{ key: "below/here/a/one", etag }]);
    expect(await store.get("a/two")).to.equal(undefined);
    await store.delete("a/one");
    expect(await store.list("a/")).to.deep.equal([]);
  });

  it("refuses a write whose condition does not hold", async () => {
    const etag = await store.put("lock", "mine", { ifAbsent: true });
    expect(await rejection(store.put("lock", "yours", { ifAbsent: true }))).to.be.instanceOf(ConflictError);
    const next = await store.put("lock", "mine still", { ifMatch: etag });
    expect(await rejection(store.put("lock", "yours", { ifMatch: etag }))).to.be.instanceOf(ConflictError);
    await store.delete("lock");
    expect(await rejection(store.put("lock", "mine", { ifMatch: next }))).to.be.instanceOf(ConflictError);
  });

  it("reports a missing bucket, and what to do, instead of absent objects", async () => {
    const nowhere = open("s3://nowhere");
    for (const attempt of [
      () => nowhere.get("x"),
      () => nowhere.list("x"),
      () => nowhere.put("x", "y", { ifAbsent: true }),
    ]) {
      const error = await rejection(attempt());
      expect(error.name).to.equal("ConfigError");
      expect(error.message).to.contain("the bucket nowhere does not exist").and.to.contain("Next: create the bucket");
    }
  });
});
