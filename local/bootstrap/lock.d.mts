export interface LockOptions {
  /** Called once, when somebody else holds the lock, with what is known of the holder. */
  onWait?: (holder: string) => void;
  /** A lock whose holder has not touched it for so long is taken to be left behind, in milliseconds. */
  staleAfter?: number;
  /** Stops waiting. */
  signal?: AbortSignal;
}

/** Runs `task` while no other process of any checkout holds the lock file at `path`. */
export function withLock<T>(path: string, task: () => Promise<T>, options?: LockOptions): Promise<T>;
