import {
  GetObjectCommand,
  ListBucketsCommand,
  NoSuchBucket,
  paginateListObjectsV2,
  type S3Client,
} from "@aws-sdk/client-s3";

const authority = "/pki/private/kubernetes-ca/keyset.yaml";
const serviceAccount = "/pki/private/service-account/keyset.yaml";
const completedSpec = "/cluster-completed.spec";

/** A cluster in a state store with everything that its control plane needs. */
export interface StoredCluster {
  readonly name: string;
  readonly bucket: string;
  /** Key of the cluster's folder in the bucket, without a trailing slash. */
  readonly folder: string;
  /** Changes when the cluster's keys or spec change. */
  readonly version: string;
}

export interface StoredObject {
  readonly key: string;
  readonly etag: string;
}

/**
 * This folder of a store has archives of deleted clusters. They have all that a control plane needs, but must run none.
 */
const ofPilot = /(^|\/)_pilot\//;

/** The clusters in a bucket, wherever in it their state store begins. */
export function clustersIn(bucket: string, objects: Iterable<StoredObject>): StoredCluster[] {
  const etags = new Map([...objects].map(({ key, etag }) => [key, etag]));
  const clusters: StoredCluster[] = [];
  for (const key of etags.keys()) {
    if (!key.endsWith(authority) || ofPilot.test(key)) continue;
    const folder = key.slice(0, -authority.length);
    const needed = [authority, serviceAccount, completedSpec].map((file) => etags.get(folder + file));
    // kOps writes them one after another: the control plane starts after the last one.
    if (needed.includes(undefined)) continue;
    clusters.push({ name: folder.slice(folder.lastIndexOf("/") + 1), bucket, folder, version: needed.join(" ") });
  }
  return clusters;
}

/** The state stores of all clusters: every bucket of every account. */
export class Stores {
  readonly #s3: S3Client;
  readonly #owners: () => Promise<S3Client[]>;

  /** `s3` reads any bucket; each of `owners` lists the buckets of one account. */
  constructor(s3: S3Client, owners: () => Promise<S3Client[]> = () => Promise.resolve([s3])) {
    this.#s3 = s3;
    this.#owners = owners;
  }

  async list(): Promise<StoredCluster[]> {
    const answers = await Promise.all((await this.#owners()).map((owner) => owner.send(new ListBucketsCommand({}))));
    const buckets = answers.flatMap(({ Buckets = [] }) => Buckets);
    const clusters = await Promise.all(buckets.map(({ Name = "" }) => this.#listBucket(Name)));
    return clusters.flat();
  }

  async #listBucket(bucket: string): Promise<StoredCluster[]> {
    const objects: StoredObject[] = [];
    try {
      for await (const page of paginateListObjectsV2({ client: this.#s3 }, { Bucket: bucket })) {
        for (const { Key, ETag } of page.Contents ?? []) objects.push({ key: Key ?? "", etag: ETag ?? "" });
      }
    } catch (error) {
      // The bucket was deleted after it was listed.
      if (error instanceof NoSuchBucket || (error instanceof Error && error.name === "NoSuchBucket")) return [];
      throw error;
    }
    return clustersIn(bucket, objects);
  }

  /** The text of a file in the cluster's folder, or undefined if it does not exist. */
  async read(cluster: StoredCluster, file: string): Promise<string | undefined> {
    try {
      const { Body } = await this.#s3.send(
        new GetObjectCommand({ Bucket: cluster.bucket, Key: `${cluster.folder}/${file}` }),
      );
      return await Body?.transformToString();
    } catch (error) {
      if (error instanceof Error && (error.name === "NoSuchKey" || error.name === "NoSuchBucket")) return undefined;
      throw error;
    }
  }

  readAuthority(cluster: StoredCluster): Promise<string | undefined> {
    return this.read(cluster, authority.slice(1));
  }

  readServiceAccount(cluster: StoredCluster): Promise<string | undefined> {
    return this.read(cluster, serviceAccount.slice(1));
  }

  readCompletedSpec(cluster: StoredCluster): Promise<string | undefined> {
    return this.read(cluster, completedSpec.slice(1));
  }
}
