import { inOneLine } from "../../providers/kops/model/errors.ts";
import type { ClusterStatus } from "./document.ts";

/** Runs what may fail: what failed, and why, goes into this list, and its value is undefined. */
export const attemptsInto =
  (notAsked: ClusterStatus["notAsked"]) =>
  async <T>(what: string, work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      notAsked.push({ what, why: inOneLine(error) });
      return undefined;
    }
  };
