import type { AwsIdentity } from "../../providers/kops/aws/identity.ts";
import type { MovableStore } from "../../providers/kops/move/movable-store.ts";
import type { VersionedStore } from "../../providers/kops/move/versions.ts";
import type { Progress } from "../../providers/kops/runtime/progress.ts";
import type { ObjectStore } from "../../providers/kops/store/object-store.ts";

/** The identity a command works as; if empty, that of its shell. */
export type GivenIdentity = Omit<AwsIdentity, "region"> & Partial<Pick<AwsIdentity, "region">>;

/** Opens a state store, as the given identity or as this shell. */
export type Open = (url: string, as: GivenIdentity) => ObjectStore | Promise<ObjectStore>;

/** What a command needs to take a cluster's lock. */
export interface Locking {
  /** Who runs the command. */
  by: string;
  progress: Progress;
  signal: AbortSignal;
  /** Milliseconds after which a lock that is not renewed expires (default: that of all runs). */
  lockLifetime?: number;
}

/** What surrounds a command. Tests give their own. */
export interface Shell extends Locking {
  now: Date;
  env: NodeJS.ProcessEnv;
  open: Open;
  openMovable?: (url: string, as: GivenIdentity) => MovableStore | Promise<MovableStore>;
  /** Makes a bucket with the settings of another store's. */
  makeBucket?: (from: string, to: string, as: GivenIdentity) => Promise<void>;
  openVersions?: (url: string, as: GivenIdentity) => VersionedStore | Promise<VersionedStore>;
  /** Makes the bucket of a lost store, known as that of its replica. */
  makeBucketBack?: (replica: string, to: string, as: GivenIdentity) => Promise<void>;
  /** The AWS account of an identity. */
  accountOf?: (identity: AwsIdentity) => Promise<string>;
  /** The folder with `clusters/` and the stack files. */
  project?: string;
}
