import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { converge } from "../../../../providers/kops/converge/converge.ts";
import { isRecord } from "../../../../providers/kops/model/spec.ts";
import { journalText, parseJournal, readJournal } from "../../../../providers/kops/store/journal.ts";
import { pilotKeysOf } from "../../../../providers/kops/store/keys.ts";
import { rejection } from "../../../local/rejection.ts";
import { memoryStore } from "../memory-store.ts";
import { sampleInputs } from "../samples.ts";
import { ClusterStage } from "../stage.ts";

const field = "xNewer";
/** Records by a key of their own: what is in them is data, not fields. */
const records = /^(etags|copied|cluster|instanceGroups|secrets|images|outputs|subnetTags)$/;

/** The same with a field that this program does not know in each object. */
function withNewFields(value: unknown, path = "journal"): unknown {
  if (Array.isArray(value)) return value.map((one, index) => withNewFields(one, `${path}[${index}]`));
  if (!isRecord(value)) return value;
  const inside = Object.entries(value).map(([key, one]) => {
    const isData = records.test(key) && isRecord(one);
    if (key === "images" && isRecord(one))
      return [
        key,
        Object.fromEntries(Object.entries(one).map(([group, image]) => [group, withNewFields(image, group)])),
      ];
    return [key, isData ? one : withNewFields(one, `${path}.${key}`)];
  });
  return { ...Object.fromEntries(inside), [field]: path };
}

/** Paths of the objects that have the field. */
function pathsOf(value: unknown, path = "journal"): string[] {
  if (Array.isArray(value)) return value.flatMap((one, index) => pathsOf(one, `${path}[${index}]`));
  if (!isRecord(value)) return [];
  return [
    ...(field in value ? [path] : []),
    ...Object.entries(value).flatMap(([key, one]) => pathsOf(one, `${path}.${key}`)),
  ];
}

const more = {
  identity: { region: "eu-west-1", assumeRole: { roleArn: "arn:aws:iam::123456789012:role/r" } },
  images: { nodes: { parameter: "ssm:/a", image: "ami-1" } },
  running: { nodes: "1.34.0" },
  deletion: { begun: "t", made: { autoScalingGroups: [], records: true } },
  operation: { id: "o", verb: "update", digest: "d", begun: "t", steps: [{ name: "SpecWritten", begun: "t" }] },
  movedFrom: { store: "s3://old", at: "t", etags: {}, copied: {} },
};

describe("the journal of a newer program", () => {
  it("keeps every field that this program does not know, at each level of a recorded journal", async () => {
    const recorded: unknown = JSON.parse(
      await readFile(join(import.meta.dirname, "../../../recorded/journal.json"), "utf8"),
    );
    const stored = withNewFields({ ...(recorded as object), ...more });
    expect(pathsOf(stored).length).to.be.above(15);
    expect(JSON.parse(journalText(parseJournal(JSON.stringify(stored))))).to.deep.equal(stored);
  });

  it("keeps them through an `up` at each level that the `up` does not close", async () => {
    const stage = await ClusterStage.begin();
    try {
      const { kopsVersion, cluster, instanceGroups } = stage.inputs;
      await stage.lives(stage.inputs, {
        identity: { region: "eu-west-1" },
        kops: { version: kopsVersion },
        running: { nodes: "1.34.0" },
        lastApplied: { kopsVersion, cluster, instanceGroups },
        applied: {
          digest: "before",
          kopsVersion,
          revision: 1,
          at: "t",
          spec: { kopsVersion, cluster, instanceGroups },
        },
      });
      const key = pilotKeysOf(stage.inputs.name).journal;
      const stored = withNewFields(JSON.parse(stage.store.objects.get(key) ?? "{}"));
      await stage.store.put(key, JSON.stringify(stored));
      await stage.perform("update", converge);
      expect(pathsOf(JSON.parse(stage.store.objects.get(key) ?? "{}"))).to.have.members(pathsOf(stored));
    } finally {
      await stage.end();
    }
  }).timeout(20_000);

  it("stops this program if its format is higher, and says what to use", async () => {
    const store = memoryStore();
    const { name } = sampleInputs();
    await store.put(pilotKeysOf(name).journal, JSON.stringify({ version: 2, cluster: name, other: true }));
    const error = await rejection(readJournal(store, name));
    expect(error.message)
      .to.contain(`The journal of cluster ${name} (s3://memory/${pilotKeysOf(name).journal}) cannot be read`)
      .and.to.contain("a newer version of Pilot wrote it in format 2; this one knows format 1")
      .and.to.contain("Next: use the version of Pilot that last worked on the cluster, or a newer one");
  });
});
