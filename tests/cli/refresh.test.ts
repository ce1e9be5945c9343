import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import yaml from "js-yaml";
import { kindOfImage, newestImage, parameterOf } from "../../cli/refresh/image-names.ts";
import { newerImage } from "../../cli/refresh/images.ts";
import type { ImageSource } from "../../cli/refresh/images.ts";
import { newerKubernetes, patchesAt } from "../../cli/refresh/kubernetes.ts";
import { refresh } from "../../cli/refresh/refreshed.ts";
import { pinnedImages } from "../../components/cluster/request/machines.ts";
import { rejection } from "../local/rejection.ts";

const noble = "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-";

describe("the kind of an image", () => {
  const cases: [string, string | undefined, string[], string[]][] = [
    [`${noble}20251212`, `${noble}*`, [`${noble}20260115`, `${noble}20260115.1`], [`${noble}daily-20260115`]],
    [
      "debian-12-amd64-20251112-2294",
      "debian-12-amd64-*",
      ["debian-12-amd64-20260101-2300"],
      ["debian-12-amd64-daily-20260101-2300", "debian-13-amd64-20260101-2300"],
    ],
    [
      "al2023-ami-2023.9.20251105.0-kernel-6.1-x86_64",
      "al2023-ami-*-kernel-6.1-x86_64",
      ["al2023-ami-2023.10.20260101.1-kernel-6.1-x86_64"],
      ["al2023-ami-minimal-2023.10.20260101.1-kernel-6.1-x86_64", "al2023-ami-2023.9.20251105.0-kernel-6.12-x86_64"],
    ],
    ["Rocky-9-EC2-Base-9.6-20250531.0.x86_64", "Rocky-9-EC2-Base-9.6-*.x86_64", [], ["Rocky-9-EC2-LVM-9.6-1.x86_64"]],
    [
      "Flatcar-stable-4230.2.3-hvm",
      "Flatcar-stable-*-hvm",
      ["Flatcar-stable-4230.10.0-hvm"],
      ["Flatcar-beta-1.2.3-hvm"],
    ],
    ["golden-2026-01-31", "golden-*", ["golden-2026-02-01"], ["golden-next-2026-02-01"]],
    ["golden", undefined, [], []],
    ["golden-*-20251212", undefined, [], []],
  ];
  for (const [name, filter, same, others] of cases)
    it(`of ${name} is ${filter ?? "not known"}`, () => {
      const kind = kindOfImage(name);
      expect(kind?.filter).to.equal(filter);
      if (!kind) return;
      expect([name, ...same].filter((one) => !kind.names.test(one))).to.deep.equal([]);
      expect(others.filter((one) => kind.names.test(one))).to.deep.equal([]);
    });

  it("has a public parameter where the maker publishes one", () => {
    expect(parameterOf("099720109477", `${noble}20251212`)).to.equal(
      "/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id",
    );
    expect(parameterOf("137112412989", "al2023-ami-2023.9.20251105.0-kernel-6.1-arm64")).to.equal(
      "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-6.1-arm64",
    );
    expect(parameterOf("123456789012", `${noble}20251212`)).to.equal(undefined);
  });

  it("has a newest one, never an older one or one of another architecture", () => {
    const kind = kindOfImage(`${noble}20251212`);
    const image = (day: string, Architecture = "x86_64") =>
      ({ Name: `${noble}${day}`, Architecture, CreationDate: `${day}T05:00:00.000Z` }) as const;
    if (!kind) throw new Error("no kind");
    const newest = (...found: ReturnType<typeof image>[]) => newestImage(kind, image("20251212"), found);
    expect(newest(image("20260115"), image("20260301"), image("20260401", "arm64"))).to.equal(`${noble}20260301`);
    expect(newest(image("20251212"), image("20251101"))).to.equal(undefined);
  });
});

describe("a newer image", () => {
  const all = ["20251212", "20260115", "20260301"].map((day) => ({
    Name: `${noble}${day}`,
    Architecture: "x86_64",
    CreationDate: `${day}T05:00:00.000Z`,
  }));
  const source = (parameter?: string): ImageSource => ({
    describe: (query) =>
      Promise.resolve(
        "id" in query ? all.slice(1, 2) : all.filter(({ Name }) => query.name.endsWith("*") || Name === query.name),
      ),
    parameter: () => Promise.resolve(parameter),
  });

  it("is what the maker's parameter names, even if there are newer ones; else the newest of its kind", async () => {
    const pinned = `099720109477/${noble}20251212`;
    expect(await newerImage(source("ami-1"), pinned)).to.deep.equal({ to: `099720109477/${noble}20260115` });
    expect(await newerImage(source(), pinned)).to.deep.equal({ to: `099720109477/${noble}20260301` });
    expect(await newerImage(source(), `ubuntu/${noble}20260301`)).to.equal("newest");
  });

  it("is not looked for where nothing tells which one is newer", async () => {
    for (const [pinned, why] of [
      ["ssm:/team/golden", /parameter/],
      ["ami-0123", /by its id/],
      ["self/golden", /no date and no version/],
      ["ubuntu/other-20250101", /does not exist/],
    ] as const)
      expect(await newerImage(source(), pinned))
        .to.have.property("none")
        .that.matches(why);
  });
});

describe("a newer patch of Kubernetes", () => {
  let server: Server;
  let releases = "";
  const answers: Record<string, string> = { "/stable-1.34.txt": "v1.34.9\n", "/stable-1.33.txt": "v1.34.9" };
  before(async () => {
    server = createServer((request, response) => {
      const text = answers[request.url ?? ""];
      response.writeHead(text === undefined ? 404 : 200).end(text);
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    releases = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after((done) => {
    server.close(done);
  });

  const cases: [string, string | undefined, object | string][] = [
    ["1.34.3", "1.35.0", { to: "1.34.9" }],
    ["v1.34.3", undefined, { to: "v1.34.9" }],
    ["1.34.9", "1.35.0", "newest"],
    ["1.34.10", "1.35.0", "newest"],
    ["1.36.1", "1.35.0", { none: "is not supported by kOps 1.35.0, which takes 1.29 to 1.35" }],
    ["1.28.1", "1.35.0", { none: "is not supported by kOps 1.35.0, which takes 1.29 to 1.35" }],
    ["https://example.com/v1.34.3", "1.35.0", { none: "is not a version, such as 1.34.3" }],
  ];
  for (const [version, kops, expected] of cases)
    it(`than ${version} with kOps ${kops ?? "of an unknown version"} is ${JSON.stringify(expected)}`, async () => {
      expect(await newerKubernetes(patchesAt(releases), version, kops)).to.deep.equal(expected);
    });

  it("is nothing that the server cannot mean", async () => {
    expect((await rejection(patchesAt(releases)("1.33"))).message).to.contain('stable-1.33.txt is "v1.34.9"');
    expect((await rejection(patchesAt(releases)("1.31"))).message)
      .to.contain("HTTP 404")
      .and.to.contain("--releases");
  });
});

describe("the files of a stack with newer versions", () => {
  const images: ImageSource = {
    describe: (query) =>
      Promise.resolve(
        "id" in query
          ? []
          : ["20251212", "20260115"].map((day) => ({
              Name: query.name.replace(/\*|20251212/, day),
              Architecture: "x86_64",
              CreationDate: `${day}T05:00:00.000Z`,
            })),
      ),
    parameter: () => Promise.resolve(undefined),
  };
  const patches = (minor: string) => Promise.resolve(`${minor}.9`);
  const run = (texts: Record<string, string>) =>
    refresh({ stack: "sbx", texts: new Map(Object.entries(texts)) }, { images, patches });

  it("keep comments, order and quotes, and change nothing but pins", async () => {
    const text = `# A cluster.
kubernetesVersion: "1.34.3" # not yet 1.35
name: k1
kopsVersion: 1.35.0
image: # of both
  amd64: 'ubuntu/a-20251212' # Canonical
  arm64: ubuntu/b-20251212
controlPlane: { count: 3, image: ubuntu/c-20251212, machineType: t3.medium }
nodeGroups:
  nodes: # the first
    image: ubuntu/d-20251212
kops: { image: ubuntu/e-20251212 }
`;
    const { files, raised } = await run({ "clusters/sbx/k1.yaml": text });
    expect(files["clusters/sbx/k1.yaml"]).to.equal(
      text.replace(/([abcd])-20251212/g, "$1-20260115").replace("1.34.3", "1.34.9"),
    );
    expect(raised).to.have.lengthOf(5);
  });

  it("are kOps manifests and the stack file, too, and none that has the newest", async () => {
    const manifest =
      "apiVersion: kops.k8s.io/v1alpha2\nkind: Cluster\nspec:\n  kubernetesVersion: 1.34.3\n---\n" +
      "apiVersion: kops.k8s.io/v1alpha2\nkind: InstanceGroup\nspec:\n  image: ubuntu/a-20251212\n";
    const stack = "config:\n  pilot:clusterDefaults: { kubernetesVersion: 1.34.3 } # all\n";
    const newest = "kubernetesVersion: 1.34.9\nimage: ubuntu/a-20260115\n";
    const { files } = await run({
      "Pulumi.sbx.yaml": stack,
      "clusters/sbx/kops/k2.yaml": manifest,
      "clusters/sbx/k3.yaml": newest.replace("20260115", "20260115"),
    });
    expect(files["Pulumi.sbx.yaml"]).to.equal(stack.replace("1.34.3", "1.34.9"));
    expect(files["clusters/sbx/kops/k2.yaml"]).to.equal(
      manifest.replace("1.34.3", "1.34.9").replace("20251212", "20260115"),
    );
    expect(Object.keys(files)).to.not.include("clusters/sbx/k3.yaml");
  });

  it("name the image of groups that have the program's, for their architectures alone", async () => {
    const text = "name: k1\ncontrolPlane: { machineType: t3.medium }\nnodeGroups: { nodes: { machineType: t3.large } }";
    const { files } = await run({ "clusters/sbx/k1.yaml": text });
    const written = files["clusters/sbx/k1.yaml"] ?? "";
    expect(written.startsWith(text)).to.equal(true);
    expect(yaml.load(written)).to.deep.include({
      name: "k1",
      image: { amd64: pinnedImages.amd64.replace("20251212", "20260115") },
    });
    const own = await run({
      "Pulumi.sbx.yaml": "config: { 'pilot:clusterDefaults': { image: ubuntu/a-20260115 } }\n",
      "clusters/sbx/k1.yaml": text,
    });
    expect(own.files).to.deep.equal({});
  });

  it("leave out what cannot be written, and say so", async () => {
    const { files, kept } = await run({ "clusters/sbx/k1.yaml": "{ controlPlane: { machineType: t3.medium } }\n" });
    expect(files).to.deep.equal({});
    expect(kept.join()).to.contain("flow style");
  });
});
