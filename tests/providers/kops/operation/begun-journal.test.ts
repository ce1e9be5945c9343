import { expect } from "chai";
import { begunJournal } from "../../../../providers/kops/operation/begun-journal.ts";
import type { Journal } from "../../../../providers/kops/store/journal.ts";
import { journalText, parseJournal } from "../../../../providers/kops/store/journal.ts";
import { applied, journalOf, operationOf } from "../journals.ts";
import { sampleInputs } from "../samples.ts";

const now = new Date("2026-11-30T12:00:00Z");
const night = { days: ["Mon" as const], from: "22:00", to: "04:00", timezone: "Australia/Sydney" };
const operation = operationOf("update", "NodesRolled");
const begin = (known: Journal | undefined, changes: Parameters<typeof sampleInputs>[0], command?: "roll"): Journal =>
  begunJournal(
    sampleInputs(changes),
    known,
    operation,
    {
      ...{ adopted: false, account: "210987654321" },
      command: command && { verb: command, words: "pilot roll", digest: "d" },
    },
    now,
  );

describe("the journal of an operation that begins", () => {
  it("keeps all options of the cluster's rolls for commands, also that there are none", () => {
    const options = { nodeInterval: "2m", failOnDrainError: false, maintenanceWindows: [night] };
    const journal = parseJournal(journalText(begin(undefined, { rollingUpdate: options })));
    expect(journal.rollingUpdate).to.deep.equal(options);
    expect(begin(journal, {}).rollingUpdate).to.deep.equal({});
  });

  it("keeps protection, identity and options for a command, which has no inputs of its own", () => {
    const known = journalOf({
      ...{ applied, deletionProtection: true, workloadResources: "stop", rollingUpdate: { nodeInterval: "2m" } },
      identity: { region: "ap-southeast-2", profile: "prod", accountId: "123456789012" },
    });
    const journal = begin(structuredClone(known), { profile: "mine", rollingUpdate: {} }, "roll");
    expect(journal).to.deep.equal({ ...known, operation });
  });
});
