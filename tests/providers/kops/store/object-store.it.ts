import { expect } from "chai";
import { ConflictError, openStore } from "../../../../providers/kops/store/object-store.ts";
import type { ObjectStore } from "../../../../providers/kops/store/object-store.ts";
import { faultsOf } from "../../../e2e/faults.ts";
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
    expect(await store.get("a/one")).to.deep.include({ body: "text", etag });
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

  it("deletes an object only while it has this ETag", async () => {
    const first = await store.put("held", "mine");
    const second = await store.put("held", "theirs");
    expect(await rejection(store.delete("held", first))).to.be.instanceOf(ConflictError);
    expect((await store.get("held"))?.body).to.equal("theirs");
    await store.delete("held", second);
    expect(await store.get("held")).to.equal(undefined);
    expect(await rejection(store.delete("held", second)), "gone already").to.be.instanceOf(ConflictError);
  });

  it("looks before it deletes where the store has no conditional deletes, as some that are not S3 itself", async () => {
    const faults = await faultsOf(aws.endpoint);
    const refused = { service: "s3", action: "DeleteObject", status: 501, code: "NotImplemented", message: "no" };
    const first = await store.put("held", "mine");
    const second = await store.put("held", "theirs");
    await faults.add({ ...refused, times: 1 });
    expect(await rejection(store.delete("held", first))).to.be.instanceOf(ConflictError);
    await faults.clear();
    await faults.add({ ...refused, times: 1 });
    await store.delete("held", second);
    expect(await store.get("held")).to.equal(undefined);
    await faults.clear();
  });

  it("tells the age of an object by the clock of the store, whatever the clock of this machine says", async () => {
    await store.put("aged", "text");
    const { now } = Date;
    Date.now = () => now() + 60_000;
    try {
      expect((await store.get("aged"))?.age).to.be.within(0, 5000);
    } finally {
      Date.now = now;
    }
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
      expect(error.message).to.contain("the bucket nowhere does not exist").and.to.contain("docs/guide/losses.md");
    }
  });
});
