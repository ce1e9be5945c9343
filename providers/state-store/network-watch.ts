import { messageOf } from "../kops/model/errors.ts";
import type { NetworkContent } from "./network-holders.ts";

/** Times of a watch, in milliseconds. */
export interface WatchTimes {
  /** Until the first look: by then, what the destroy deletes itself is mostly gone. */
  first: number;
  interval: number;
  /** After which the same line is said again. */
  repeat: number;
  /** Until the watch ends: AWS's plugin waits 20 minutes for a subnet. */
  most: number;
}

const usual: WatchTimes = { first: 20_000, interval: 10_000, repeat: 60_000, most: 30 * 60_000 };

/** What is said while a network is destroyed and something is still in it. */
export function watchLine(vpcId: string, contents: readonly NetworkContent[]): string {
  const all = contents.map(({ what, cluster }) => (cluster === undefined ? what : `${what} (of ${cluster})`));
  return (
    `AWS deletes the network only without what is in the VPC ${vpcId}: ${all.join(", ")}. Delete by hand what this ` +
    "destroy does not delete itself (load balancers before security groups); the destroy then goes on"
  );
}

/** What a watch looks at, and where it says what it sees. */
export interface Watch {
  vpcId: string;
  look: () => Promise<readonly NetworkContent[]>;
  say: (line: string) => void;
  times?: WatchTimes;
  /** A clock that nobody steps. */
  now?: () => number;
  sleep: (milliseconds: number) => Promise<void>;
}

/**
 * Says what is in a network while it is destroyed: AWS's plugin waits for it and does not say for what. Ends when
 * nothing is in it any more, or when it cannot look.
 */
export async function watchNetwork({
  vpcId,
  look,
  say,
  sleep,
  times = usual,
  now = () => performance.now(),
}: Watch): Promise<void> {
  const began = now();
  let said: { line: string; at: number } | undefined;
  await sleep(times.first);
  while (now() - began < times.most) {
    try {
      const contents = await look();
      if (contents.length === 0) return;
      const line = watchLine(vpcId, contents);
      if (said?.line !== line || now() - said.at >= times.repeat) {
        say(line);
        said = { line, at: now() };
      }
    } catch (error) {
      say(`what is in the VPC ${vpcId} cannot be listed any more: ${messageOf(error)}`);
      return;
    }
    await sleep(times.interval);
  }
}
