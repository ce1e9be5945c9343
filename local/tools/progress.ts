import { step as stepOf } from "../../providers/kops/runtime/long-work.ts";
import type { Detail, Lines } from "../../providers/kops/runtime/long-work.ts";

export type { Detail };

/** Takes one line for the waiting user. On a terminal it also has a line that is updated. */
export type Report = ((line: string) => void) & { readonly live?: Lines["live"] };

/** Reports into lines. */
export const reportOf = ({ say, live }: Lines): Report =>
  Object.assign(
    (line: string) => {
      say(line);
    },
    { live },
  );

/** Runs a step that may take long. */
export const step = <T>(report: Report, name: string, work: (detail: Detail) => Promise<T>): Promise<T> =>
  stepOf({ say: report, live: report.live }, name, work);
