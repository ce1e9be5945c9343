import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect } from "chai";
import {
  readClusterFiles,
  type ClusterFilesRequest,
  type ManifestRequest,
} from "../../../../components/cluster/index.ts";

const zones = ["ap-southeast-2a", "ap-southeast-2b", "ap-southeast-2c"];
export const name = "k1.sbx.pilot.internal";

/** Shortened output of `kops create cluster --dry-run -o yaml`. */
export const dryRun = `apiVersion: kops.k8s.io/v1alpha2
kind: Cluster
metadata:
  creationTimestamp: null
  name: ${name}
spec:
  api:
    loadBalancer:
      class: Network
      type: Public
  authorization:
    rbac: {}
  channel: stable
  cloudProvider: aws
  configBase: memfs://state/${name}
  etcdClusters:
  - cpuRequest: 200m
    etcdMembers:
    - encryptedVolume: true
      instanceGroup: control-plane-ap-southeast-2a
      name: a
    memoryRequest: 100Mi
    name: main
  kubernetesApiAccess:
  - 10.20.0.0/16
  kubernetesVersion: 1.34.3
  networkCIDR: 172.20.0.0/16
  networking:
    cilium:
      enableNodePort: true
  nonMasqueradeCIDR: 100.64.0.0/10
  subnets:
  - cidr: 172.20.64.0/18
    name: ap-southeast-2a
    type: Private
    zone: ap-southeast-2a
  - cidr: 172.20.0.0/21
    name: utility-ap-southeast-2a
    type: Utility
    zone: ap-southeast-2a
  topology:
    dns:
      type: Private

---

apiVersion: kops.k8s.io/v1alpha2
kind: InstanceGroup
metadata:
  creationTimestamp: null
  labels:
    kops.k8s.io/cluster: ${name}
  name: control-plane-ap-southeast-2a
spec:
  image: 099720109477/ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-20251212
  machineType: t3.medium
  maxSize: 1
  minSize: 1
  role: Master
  subnets:
  - ap-southeast-2a

---

apiVersion: kops.k8s.io/v1alpha2
kind: InstanceGroup
metadata:
  creationTimestamp: null
  labels:
    kops.k8s.io/cluster: ${name}
  name: nodes-ap-southeast-2a
spec:
  image: 099720109477/ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-20251212
  machineType: t3.large
  maxSize: 2
  minSize: 2
  role: Node
  subnets:
  - ap-southeast-2a
`;

/** A new folder for each test of a block, and what the program reads there. */
export function manifestFolder() {
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "manifests-"));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  const read = (files: Record<string, string>, more: Partial<ClusterFilesRequest> = {}) => {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    return readClusterFiles({
      folder,
      label: "clusters/sbx",
      defaults: { kopsVersion: "1.35.0" },
      overrides: {},
      zoneName: "sbx.pilot.internal",
      zones,
      secrets: ["etcd"],
      ...more,
    });
  };
  const requestOf = (files: Record<string, string>, more?: Partial<ClusterFilesRequest>): ManifestRequest => {
    const { requests, problems } = read(files, more);
    expect(problems).to.deep.equal([]);
    expect(requests).to.have.length(1);
    return requests[0] as ManifestRequest;
  };
  const problemsOf = (text: string, more?: Partial<ClusterFilesRequest>) =>
    read({ "k1.yaml": text }, more).problems.map(
      ({ source, line, path, message }) => `${source.replace("clusters/sbx/", "")}:${line ?? "-"} ${path} ${message}`,
    );
  return { read, requestOf, problemsOf };
}
