import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import yaml from "js-yaml";
import { assess, exitCodeOf, type Assessment } from "../../../cli/assess/assessment.ts";
import { assessmentLines } from "../../../cli/assess/lines.ts";
import { assessmentPage } from "../../../cli/assess/page.ts";
import { tree } from "../../../cli/pilot.ts";
import { runTyped } from "../../../cli/base/command.ts";
import { escaped } from "../../../cli/report/html.ts";
import { KopsError } from "../../../providers/kops/model/errors.ts";
import { memoryStore } from "../../providers/kops/memory-store.ts";
import { rejection } from "../../local/rejection.ts";
import { hostile } from "../report/samples.ts";
import { storedOf } from "./corpus.ts";

/** A store with clusters of the corpus, in which nothing may be written. */
async function storeOf(...slugs: string[]): Promise<ReturnType<typeof memoryStore>> {
  const store = memoryStore();
  for (const slug of slugs) {
    const { name, spec, groups, kopsVersion = "" } = await storedOf(slug);
    const object = (kind: string, of: string, body: unknown): string =>
      yaml.dump({ apiVersion: "kops.k8s.io/v1alpha2", kind, metadata: { name: of }, spec: body });
    store.objects.set(`${name}/config`, object("Cluster", name, spec));
    for (const [group, body] of Object.entries(groups))
      store.objects.set(`${name}/instancegroup/${group}`, object("InstanceGroup", group, body));
    store.objects.set(`${name}/kops-version.txt`, `${kopsVersion}\n`);
    store.objects.set(`${name}/pki/private/kubernetes-ca/keyset.yaml`, "never read");
  }
  const refuse = (): Promise<never> => Promise.reject(new Error("the store is written"));
  return { ...store, put: refuse, delete: refuse, copy: refuse };
}

describe("the assess command", () => {
  let folder: string;
  const printed: string[] = [];
  const log = console.log;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "pilot-assess-test-"));
    printed.length = 0;
    console.log = (text: string) => printed.push(text);
  });
  afterEach(async () => {
    console.log = log;
    await rm(folder, { recursive: true });
  });
  const run = (store: ReturnType<typeof memoryStore>, ...words: string[]) =>
    runTyped(tree, ["assess", "s3://memory", "--out", join(folder, "out"), ...words], { open: () => store });

  it("writes a file for each cluster and one page, reads no key, and writes nothing into the store", async () => {
    const store = await storeOf("kopeio", "kops-made-vpc");
    const read: string[] = [];
    const get = store.get.bind(store);
    store.get = (key) => {
      read.push(key);
      return get(key);
    };
    expect(await run(store)).to.equal(3);
    expect(await readdir(join(folder, "out"), { recursive: true })).to.have.members([
      ...["assess.html", "clusters", "clusters/kops"],
      ...["kopeio", "kops-made-vpc"].flatMap((name) => [
        `clusters/${name}.corpus.internal.yaml`,
        `clusters/kops/${name}.corpus.internal.yaml`,
      ]),
    ]);
    expect(printed[0])
      .to.contain("kopeio.corpus.internal: to be mended (Kubernetes 1.34.3, kOps 1.35.0)")
      .and.to.contain("adopting changes nothing")
      .and.to.contain("mend, insecure: cluster.sshAccess lets the whole internet reach SSH")
      .and.to.contain("note, deprecated: cluster.networking.kopeio kOps 1.37 no longer has the Kopeio network plug-in");
    expect(await readFile(join(folder, "out", "clusters", "kops-made-vpc.corpus.internal.yaml"), "utf8"))
      .to.contain("network: own")
      .and.to.contain("adopt: true");
    expect(read.filter((key) => key.includes("/pki/") || key.includes("/secrets/"))).to.deep.equal([]);
    expect((await rejection(run(store))).message).to.contain("it has files, which may be edited already");
  });

  it("prints JSON, with what could not be read beside the others, and says so in its exit code", async () => {
    const store = await storeOf("kopeio", "calico");
    const get = store.get.bind(store);
    store.get = (key) =>
      key === "calico.corpus.internal/config"
        ? Promise.reject(new KopsError({ what: "AWS denies it", why: "no", next: "ask" }))
        : get(key);
    expect(await run(store, "--json")).to.equal(1);
    const { clusters, unread } = JSON.parse(printed[0] ?? "") as Assessment;
    expect(clusters.map(({ name, form }) => `${name} ${form}`)).to.deep.equal(["kopeio.corpus.internal manifest"]);
    expect(unread.map(({ name }) => name)).to.deep.equal(["calico.corpus.internal"]);
  });

  it("writes nothing for an empty store", async () => {
    expect(await run(memoryStore())).to.equal(0);
    expect(printed).to.deep.equal(["There is no cluster in s3://memory."]);
    expect(await readdir(folder)).to.deep.equal([]);
  });
});

describe("the report of an assessment", () => {
  const of = async (...slugs: string[]): Promise<Assessment> => ({
    ...{ version: 1, at: "2026-11-30T12:00:00.000Z", store: "s3://acme-state", folder: "assessed", unread: [] },
    clusters: await Promise.all(slugs.map(async (slug) => assess(await storedOf(slug)).assessed)),
  });

  it("ends with 0 if nothing must be mended, with 3 if something must, with 1 if not all was read", async () => {
    const assessment = await of("ssh-key-of-aws");
    expect(exitCodeOf(assessment)).to.equal(0);
    expect(exitCodeOf(await of("ssh-key-of-aws", "kopeio"))).to.equal(3);
    expect(exitCodeOf({ ...assessment, unread: [{ name: "a.b", unread: "denied" }] })).to.equal(1);
    const [first] = assessment.clusters;
    if (first === undefined) throw new Error("nothing is assessed");
    expect(exitCodeOf({ ...assessment, clusters: [{ ...first, drift: ["cluster: a"] }] })).to.equal(3);
  });

  it("runs nothing, loads nothing, and shows hostile texts as they are", async () => {
    const { clusters, ...rest } = await of("kopeio", "calico");
    const page = assessmentPage(
      {
        ...rest,
        store: hostile,
        unread: [{ name: hostile, unread: hostile }],
        clusters: clusters.map((one) => ({
          ...one,
          ...{ name: hostile, owner: hostile, why: hostile, files: [hostile], adopting: [hostile], drift: [hostile] },
          findings: one.findings.map((finding) => ({ ...finding, field: hostile, reason: hostile })),
        })),
      },
      hostile,
    );
    expect(page).to.contain(escaped(hostile)).and.not.contain(hostile);
    const tags = [...page.replace(/<style>[^]*?<\/style>/, "").matchAll(/<([a-z!]+)[^>]*>/gi)];
    for (const name of ["script", "img", "iframe", "link", "base", "form", "a", "svg"])
      expect(tags.map(([, tag]) => tag)).to.not.include(name);
    expect(tags.filter(([tag]) => / (on\w+|style|src|href)\s*=/i.test(tag.replace(/"[^"]*"/g, "")))).to.deep.equal([]);
    expect(page).to.contain(escaped("default-src 'none'; style-src 'sha256-"));
    expect(page.replace(/<style>[^]*?<\/style>/, "")).to.not.match(/https?:|url\(/);
  });

  it("tells of each cluster what adopting changes, what is to be mended and what is to be known", async () => {
    const page = assessmentPage(await of("kopeio"), "npx pilot assess s3://acme-state").replace(/\s+/g, " ");
    for (const text of [
      ...["Assessment of s3://acme-state", "kopeio.corpus.internal", "to be mended", "as its manifest", "nothing"],
      ...[
        "cluster<wbr />.sshAccess",
        "lets the whole internet reach SSH",
        "deprecated",
        "<strong>1</strong><span>cluster",
      ],
    ])
      expect(page).to.contain(text);
    expect(assessmentLines(await of("kopeio")).join("\n")).to.contain("assessed/assess.html is the report");
  });
});
