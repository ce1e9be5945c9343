import { expect } from "chai";
import { leftBehind } from "../../../components/environment/guards/left-behind.ts";
import { ConfigError, KopsError } from "../../../providers/kops/model/errors.ts";
import type { Journal } from "../../../providers/kops/store/journal.ts";
import { pilotKeysOf } from "../../../providers/kops/store/keys.ts";
import { applied, journalOf, operationOf } from "../../providers/kops/journals.ts";
import { memoryStore } from "../../providers/kops/memory-store.ts";

const created = (cluster: string, changes: Partial<Journal> = {}): Journal =>
  journalOf({ cluster, origin: "made", operation: operationOf("create", "SpecWritten", "CloudApplied"), ...changes });

function storeOf(...journals: Journal[]): ReturnType<typeof memoryStore> {
  const store = memoryStore();
  for (const journal of journals) store.objects.set(pilotKeysOf(journal.cluster).journal, JSON.stringify(journal));
  return store;
}

describe("the check for leftovers", () => {
  const owner = "o/p/s";
  const look = (
    store: ReturnType<typeof memoryStore>,
    { asked = [], inState = [] }: { asked?: string[]; inState?: string[] } = {},
  ): Promise<string[]> => leftBehind(store, { owner, asked, inState });

  it("reports clusters that the stack began, no file requests and Pulumi's state lacks", async () => {
    const store = storeOf(
      created("k1.x.com"),
      created("k2.x.com"),
      created("k3.x.com"),
      created("k4.x.com", { owner: "o/p/other" }),
    );
    store.objects.set("_pilot/k5.x.com/archive/x/archive.json", "{}");
    const lines = await look(store, { asked: ["k1.x.com"], inState: ["k2.x.com"] });
    expect(lines).to.deep.equal([
      "No file asks for k3.x.com any more and Pulumi's state does not know it, but by the state store this " +
        "stack has a create that has not ended: create begun 2026-11-23T09:00:00Z stopped at CloudApplied. " +
        "What was made so far stays and costs money. To see what would be deleted: npx pilot withdraw " +
        "s3://memory k3.x.com",
    ]);
  });

  it("names the next command, depending on how far the operation got", async () => {
    const next = async (changes: Partial<Journal>): Promise<string> => (await look(storeOf(journalOf(changes)))).join();
    expect(await next({ applied }))
      .to.contain("put its file back")
      .and.to.contain("npx pilot forget")
      .and.not.to.contain("npx pilot withdraw");
    expect(await next({ origin: "adopted", operation: operationOf("create", "Adopted") }))
      .to.contain("To release it as it was: npx pilot forget")
      .and.not.to.contain("npx pilot withdraw");
    expect(await next({ deletion: { begun: "2026-11-23T09:00:00Z" } }))
      .to.contain("a deletion that has not ended")
      .and.to.contain("npx pilot withdraw");
    expect(await next({ operation: operationOf("create", "SpecWritten") }))
      .to.contain("Put its file back")
      .and.to.contain("npx pilot withdraw");
  });

  it("lists two folders and reads no journal if every cluster is requested", async () => {
    const store = storeOf(created("k1.x.com"), created("k2.x.com"));
    const read: string[] = [];
    const get = store.get.bind(store);
    store.get = (key) => {
      read.push(key);
      return get(key);
    };
    store.list = () => Promise.reject(new Error("no list of objects"));
    expect(await leftBehind(store, { owner, asked: ["k1.x.com", "k2.x.com"], inState: [] })).to.deep.equal([]);
    expect(read).to.deep.equal([]);
  });

  it("also finds them in a bucket folder that is its own store, with the matching command", async () => {
    const store = storeOf();
    store.objects.set(`kops/${pilotKeysOf("k1.x.com").journal}`, JSON.stringify(created("k1.x.com")));
    store.objects.set("kops/k1.x.com/config", "");
    const [line, ...more] = await look(store);
    expect(line).to.contain("npx pilot withdraw s3://memory/kops k1.x.com");
    expect(more).to.deep.equal([]);
    expect(await look(store, { asked: ["k1.x.com"] })).to.deep.equal([]);
  });

  it("reports nothing for a missing store, a message if denied, and skips other accounts' journals", async () => {
    const missing = memoryStore();
    missing.folders = () =>
      Promise.reject(
        new ConfigError({ what: "The kOps state store cannot be used", why: "the bucket does not exist", next: "" }),
      );
    expect(await look(missing)).to.deep.equal([]);
    const denied = memoryStore();
    denied.folders = () =>
      Promise.reject(new KopsError({ what: "Could not list s3://memory/_pilot/", why: "Access Denied", next: "" }));
    expect((await look(denied)).join()).to.contain("behind: Could not list s3://memory/_pilot/: Access Denied");
    const shared = storeOf(created("k1.x.com"), created("k2.x.com"));
    const get = shared.get.bind(shared);
    shared.get = (key) =>
      key.includes("k1.x.com")
        ? Promise.reject(new KopsError({ what: "Could not read it", why: "Access Denied", next: "" }))
        : get(key);
    expect(await look(shared)).to.have.length(1);
  });
});
