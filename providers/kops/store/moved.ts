import { z } from "zod";
import { KopsError, messageOf } from "../errors.ts";
import { ownFolder } from "./places.ts";
import type { ObjectStore } from "./store.ts";

const moved = z.object({
  version: z.literal(1),
  /** The store they are in now, `s3://…`. */
  to: z.string(),
  /** Full names. */
  clusters: z.array(z.string()),
});

/** Which clusters of a store live in another one now. */
export type Moved = z.infer<typeof moved>;

/** Where a store says so: written by the move of a store, once everything of these clusters was copied and compared. */
export const movedKey = `${ownFolder}moved.json`;

/** The note that a move of the store left in it; nothing where none was made. */
export async function readMoved(store: Pick<ObjectStore, "url" | "get">): Promise<Moved | undefined> {
  const object = await store.get(movedKey);
  if (!object) return undefined;
  try {
    return moved.parse(JSON.parse(object.body));
  } catch (error) {
    throw new KopsError({
      what: `The note of the move of a store (${store.url}/${movedKey}) cannot be read`,
      why: messageOf(error),
      next: "use the version of this program that wrote it, or restore an earlier version of the object",
    }, error);
  }
}
