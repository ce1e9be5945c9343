import { setTimeout as sleep } from "node:timers/promises";
import { KubeError, type KubeClient } from "./kube.ts";

interface Listed {
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly resourceVersion?: string };
}

interface List<T> {
  readonly metadata: { readonly resourceVersion: string };
  readonly items: T[];
}

const retryAfter = 500;

/** All objects of one kind, kept current by a watch. */
export class Mirror<T extends Listed> {
  readonly #objects = new Map<string, T>();
  #complete = false;

  /** Undefined until the first list. */
  get objects(): T[] | undefined {
    return this.#complete ? [...this.#objects.values()] : undefined;
  }

  /** Runs until `signal` is aborted. `path` is the collection's; `onChange` is called after each change. */
  async follow(
    client: KubeClient,
    path: string,
    signal: AbortSignal,
    onChange: () => void,
    onError: (error: unknown) => void,
  ): Promise<void> {
    let version = "";
    while (!signal.aborted) {
      try {
        if (version === "") version = await this.#list(client, path, onChange);
        await client.watch<T>(
          `${path}?watch=true&allowWatchBookmarks=true&resourceVersion=${version}`,
          signal,
          (event) => {
            // The server no longer has this version: list again.
            if (event.type === "ERROR") throw new KubeError(410, "Expired", "the watch expired");
            version = event.object.metadata.resourceVersion ?? version;
            if (event.type === "BOOKMARK") return;
            if (event.type === "DELETED") this.#objects.delete(keyOf(event.object));
            else this.#objects.set(keyOf(event.object), event.object);
            onChange();
          },
        );
      } catch (error) {
        if (isAborted(signal)) return;
        version = "";
        if (!(error instanceof KubeError && error.code === 410)) onError(error);
        await sleep(retryAfter, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  async #list(client: KubeClient, path: string, onChange: () => void): Promise<string> {
    const list = await client.call<List<T>>("GET", path);
    this.#objects.clear();
    for (const object of list.items) this.#objects.set(keyOf(object), object);
    this.#complete = true;
    onChange();
    return list.metadata.resourceVersion;
  }
}

function keyOf({ metadata }: Listed): string {
  return `${metadata.namespace ?? ""}/${metadata.name}`;
}

function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}
