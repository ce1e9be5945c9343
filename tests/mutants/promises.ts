import { ofChanges } from "./promises/changes.ts";
import { ofPullRequests } from "./promises/pull-requests.ts";
import { ofStores } from "./promises/stores.ts";

/** A promise that a few words of the provider's code keep, and the tests that notice when they are gone. */
export interface GuardedPromise {
  /** The promise as a sentence; `--only` searches it. */
  readonly name: string;
  readonly file: string;
  /** The text that keeps the promise; occurs exactly once. */
  readonly text: string;
  /** The text that breaks the promise. */
  readonly broken: string;
  /** Test files of which at least one must then fail. */
  readonly tests: readonly string[];
}

/**
 * The promises that cost most when they are broken. Add a line for a new guard in the provider, and change the text
 * here when it changes there (promises.test.ts fails until then).
 */
export const promises: readonly GuardedPromise[] = [...ofChanges, ...ofStores, ...ofPullRequests];
