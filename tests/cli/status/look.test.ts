import { expect } from "chai";
import { clusterStatusOf } from "../../../cli/status/compose.ts";
import { readStoreFacts } from "../../../cli/status/look.ts";
import { writeHistory } from "../../../providers/kops/store/history.ts";
import { journalText } from "../../../providers/kops/store/journal.ts";
import { pilotKeysOf } from "../../../providers/kops/store/keys.ts";
import { memoryStore } from "../../providers/kops/memory-store.ts";
import { at, cluster, inRoll, journal, now, record, rolling, spec } from "./cases.ts";

describe("a look at the store", () => {
  const keys = pilotKeysOf(cluster);
  const lock = JSON.stringify({
    ...{ id: "1", owner: "kim", operation: "update", host: "desk", pid: 1, since: at(0), renewed: "1" },
  });

  /** A store in which a run ends, in the order of runs, or begins, right after so many reads. */
  async function stateAfter(reads: number, event: "ends" | "begins"): Promise<string | undefined> {
    const store = memoryStore();
    const works = async (): Promise<void> => {
      await store.put(keys.lock, lock);
      await store.put(keys.journal, journalText(rolling));
      await writeHistory(store, record());
    };
    const ends = async (): Promise<void> => {
      await store.put(keys.journal, journalText(journal));
      await writeHistory(store, record({ ended: at(11), result: "succeeded" }));
      await store.delete(keys.lock);
    };
    await store.put(`${cluster}/config`, JSON.stringify({ kind: "Cluster", spec }));
    if (event === "ends") await works();
    else await store.put(keys.journal, journalText(journal));
    const get = store.get.bind(store);
    let count = 0;
    store.get = async (key) => {
      const found = await get(key);
      if ((count += 1) === reads) await (event === "ends" ? ends() : works());
      return found;
    };
    const facts = await readStoreFacts(store, cluster, now);
    if (!facts) throw new Error("there is no cluster");
    return clusterStatusOf({ ...facts, cloud: inRoll.cloud, kubernetes: undefined }).operation?.state;
  }

  for (const event of ["ends", "begins"] as const)
    it(`never takes a run for killed that ${event} while it is read`, async () => {
      for (let reads = 1; reads <= 12; reads += 1)
        expect(await stateAfter(reads, event), `after ${reads} reads`).to.be.oneOf(["running", undefined]);
    });
});
