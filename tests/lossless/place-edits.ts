import yaml from "js-yaml";
import { isPlainObject, type PlainObject } from "../../components/config/merge.ts";
import { clusterFile, clustersIn, withFiles, zoneName } from "./desired.ts";
import type { Desired, Named } from "./desired.ts";
import { fileEdit, freeName, requestsIn } from "./edit.ts";
import type { Context, EditKind } from "./edit.ts";

/** A different cluster, of any stack. */
const another = ({ desired, random }: Context, than: Named): Named | undefined =>
  random.pick(clustersIn(desired).filter(({ full }) => full !== than.full));

const clusterLabel = "kops.k8s.io/cluster";

/** A manifest's objects under another cluster's name; every place in them is still the first one's. */
export function renamed(
  manifest: string,
  full: string,
  change: (spec: PlainObject) => PlainObject = (spec) => spec,
): string {
  const objects = yaml
    .loadAll(manifest)
    .filter(isPlainObject)
    .map((object) => {
      const metadata = isPlainObject(object["metadata"]) ? object["metadata"] : {};
      const labels = isPlainObject(metadata["labels"]) ? metadata["labels"] : {};
      if (object["kind"] !== "Cluster")
        return { ...object, metadata: { ...metadata, labels: { ...labels, [clusterLabel]: full } } };
      return {
        ...object,
        metadata: { ...metadata, name: full },
        spec: change(isPlainObject(object["spec"]) ? object["spec"] : {}),
      };
    });
  return objects.map((object) => yaml.dump(object, { lineWidth: -1, noRefs: true })).join("---\n");
}

/** Fields of a ClusterSpec that name a place of this cluster. */
const places = [
  "configBase",
  "configStore",
  "keyStore",
  "secretStore",
  "masterPublicName",
  "serviceAccountIssuerDiscovery",
];

/** A spec without places: the environment fills in this cluster's own. */
export function withoutPlaces(spec: PlainObject): PlainObject {
  const rest = Object.fromEntries(Object.entries(spec).filter(([key]) => !places.includes(key)));
  const members = Array.isArray(spec["etcdClusters"]) ? spec["etcdClusters"].filter(isPlainObject) : [];
  return { ...rest, etcdClusters: members.map((member) => ({ ...member, backups: undefined })) };
}

/** A spec whose etcd clusters all back up to another cluster's folder. */
export function backupsIn(spec: PlainObject, folder: string): PlainObject {
  const members = Array.isArray(spec["etcdClusters"]) ? spec["etcdClusters"].filter(isPlainObject) : [];
  return {
    ...spec,
    etcdClusters: members.map((member) => ({
      ...member,
      backups: { backupStore: `${folder}/backups/etcd/${String(member["name"])}` },
    })),
  };
}

/** Adds a file that names a manifest, and the manifest. */
function withManifest(desired: Desired, name: string, manifest: string, path = `sbx/${name}.yaml`): Desired {
  return withFiles(desired, {
    [path]: { value: { manifest: `kops/${name}.yaml`, kopsVersion: "1.35.0", deletionProtection: false } },
    [`sbx/kops/${name}.yaml`]: { text: manifest },
  });
}

/** A request in the environment's stack whose manifest is known. */
function known({ desired, random, facts }: Context): { cluster: Named; manifest: string } | undefined {
  const cluster = random.pick(
    requestsIn(desired).filter(({ full, stack }) => full in facts.manifests && stack === "sbx"),
  );
  const manifest = cluster && facts.manifests[cluster.full];
  return cluster && manifest !== undefined ? { cluster, manifest } : undefined;
}

/** Edits in which a cluster names a place that may belong to another. */
export const placeEdits: readonly EditKind[] = [
  {
    name: "copy-manifest-names-only",
    weight: 5,
    make(context) {
      const found = known(context);
      if (!found) return undefined;
      const name = freeName(context);
      const text = renamed(found.manifest, `${name}.${zoneName}`, (spec) =>
        context.random.chance(0.5) ? spec : { ...spec, masterPublicName: `api.${name}.${zoneName}` },
      );
      return {
        description:
          `the manifest of ${found.cluster.name} copied to clusters/sbx/kops/${name}.yaml with other ` + "names only",
        stack: "sbx",
        desired: withManifest(context.desired, name, text),
        expected: "refused",
      };
    },
  },
  {
    name: "copy-manifest",
    weight: 1,
    make(context) {
      const found = known(context);
      if (!found || clustersIn(context.desired).length >= 4) return undefined;
      const name = freeName(context);
      return {
        description:
          `the manifest of ${found.cluster.name} copied to clusters/sbx/kops/${name}.yaml with another name and ` +
          "without places",
        stack: "sbx",
        desired: withManifest(context.desired, name, renamed(found.manifest, `${name}.${zoneName}`, withoutPlaces)),
        long: true,
      };
    },
  },
  {
    name: "copy-manifest-into-folder",
    weight: 1,
    make(context) {
      const found = known(context);
      if (!found || clustersIn(context.desired).length >= 4) return undefined;
      const name = freeName(context);
      const full = `${name}.${zoneName}`;
      const text = renamed(found.manifest, full, (spec) => ({
        ...withoutPlaces(spec),
        configBase: `s3://${context.facts.stateBucket}/kops/${full}`,
      }));
      return {
        description:
          `the manifest of ${found.cluster.name} copied to clusters/sbx/kops/${name}.yaml with a configBase in a ` +
          "folder of its own",
        stack: "sbx",
        desired: withManifest(context.desired, name, text),
        long: true,
      };
    },
  },
  {
    name: "own-manifest",
    weight: 2,
    make(context) {
      const found = known(context);
      if (!found) return undefined;
      const { cluster, manifest } = found;
      return {
        description: `clusters/${cluster.path}: ${cluster.name} by its own manifest`,
        stack: "sbx",
        desired: withManifest(context.desired, cluster.name, manifest, cluster.path),
      };
    },
  },
  {
    name: "manifest-places-of-another",
    weight: 4,
    make(context) {
      const found = known(context);
      const other = found && another(context, found.cluster);
      if (!found || !other) return undefined;
      const { cluster, manifest } = found;
      const folder = `s3://${context.facts.stateBucket}/${other.full}`;
      const wrongPlaces: Record<string, (spec: PlainObject) => PlainObject> = {
        backupStore: (spec) => backupsIn(spec, folder),
        configBase: (spec) => ({ ...spec, configBase: folder }),
        keyStore: (spec) => ({ ...spec, keyStore: `${folder}/pki` }),
        secretStore: (spec) => ({ ...spec, secretStore: `${folder}/secrets` }),
        masterPublicName: (spec) => ({ ...spec, masterPublicName: `api.${other.full}` }),
      };
      const place = context.random.pick(Object.keys(wrongPlaces)) ?? "configBase";
      const text = renamed(manifest, cluster.full, wrongPlaces[place]);
      return {
        description:
          `clusters/${cluster.path}: ${cluster.name} by its own manifest, but for ${place}, which is ` +
          `${other.name}'s`,
        stack: "sbx",
        desired: withManifest(context.desired, cluster.name, text, cluster.path),
        expected: "refused",
      };
    },
  },
  fileEdit("config-base-of-another", 4, "refused", (context, cluster) => {
    const other = another(context, cluster);
    if (!other) return undefined;
    const end = context.random.pick(["", "/", "/deeper"]) ?? "";
    const configBase = `s3://${context.facts.stateBucket}/${other.full}${end}`;
    return { changes: { kops: { cluster: { configBase } } }, what: `configBase ${configBase}` };
  }),
  fileEdit("config-base-elsewhere", 3, "refused", ({ facts, random }) => {
    const configBase =
      random.pick([
        `s3://${facts.stateBucket}`,
        `s3://${facts.stateBucket}/`,
        `s3://${facts.stateBucket}/_pilot`,
        `s3://${facts.discoveryBucket}/state`,
      ]) ?? "";
    return { changes: { kops: { cluster: { configBase } } }, what: `configBase ${configBase}` };
  }),
  fileEdit("discovery-of-another", 3, "refused", (context, cluster) => {
    const other = another(context, cluster);
    if (!other) return undefined;
    const discoveryStore = `s3://${context.facts.discoveryBucket}/${other.full}`;
    return {
      changes: { kops: { cluster: { serviceAccountIssuerDiscovery: { discoveryStore } } } },
      what: `discoveryStore ${discoveryStore}`,
    };
  }),
  {
    name: "new-cluster-with-places-of-another",
    weight: 5,
    make(context) {
      const { desired, random, facts } = context;
      const other = random.pick(clustersIn(desired));
      if (!other) return undefined;
      const name = freeName(context);
      const cluster = random.pick<PlainObject>([
        { configBase: `s3://${facts.stateBucket}/${other.full}` },
        { configBase: `s3://${facts.stateBucket}` },
        { serviceAccountIssuerDiscovery: { discoveryStore: `s3://${facts.discoveryBucket}/${other.full}` } },
        { keyStore: `s3://${facts.stateBucket}/${other.full}/pki` },
        { masterPublicName: `api.${other.full}` },
      ]);
      const value = { ...clusterFile(name, 0), deletionProtection: false, kops: { cluster } };
      return {
        description: `clusters/sbx/${name}.yaml: a new cluster with ${JSON.stringify(cluster)}`,
        stack: "sbx",
        desired: withFiles(desired, { [`sbx/${name}.yaml`]: { value } }),
        expected: "refused",
      };
    },
  },
];
