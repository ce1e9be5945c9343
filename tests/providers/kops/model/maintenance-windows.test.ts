import { expect } from "chai";
import {
  maintenanceWindow,
  openingText,
  weekdays,
  windowAt,
} from "../../../../providers/kops/model/maintenance-windows.ts";
import type { MaintenanceWindow } from "../../../../providers/kops/model/maintenance-windows.ts";

function window(
  days: MaintenanceWindow["days"],
  from: string,
  to: string,
  timezone = "Australia/Sydney",
): MaintenanceWindow {
  return { days, from, to, timezone };
}

/** What a test says of a moment: the end of the window that is open, and the beginning of the next. */
function at(
  moment: string,
  ...windows: MaintenanceWindow[]
): { openUntil: string | undefined; next: string | undefined } {
  const { open, next } = windowAt(windows, new Date(moment));
  return { openUntil: open?.ends.toISOString().slice(0, 16), next: next?.begins.toISOString().slice(0, 16) };
}

const night = window(["Mon", "Thu"], "22:00", "04:00");
const noon = window(["Wed"], "12:00", "13:00", "UTC");

describe("a maintenance window", () => {
  // 2026-11-23 is a Monday; Sydney is UTC+11 then.
  for (const [what, moment, windows, expected] of [
    ["is closed before it begins", "2026-11-23T10:59:59Z", [night], { openUntil: undefined, next: "2026-11-23T11:00" }],
    [
      "is open from its first moment",
      "2026-11-23T11:00:00Z",
      [night],
      { openUntil: "2026-11-23T17:00", next: "2026-11-26T11:00" },
    ],
    [
      "stays open over midnight, on a day it does not begin on",
      "2026-11-23T16:59:59Z",
      [night],
      { openUntil: "2026-11-23T17:00", next: "2026-11-26T11:00" },
    ],
    [
      "is closed from the moment it ends",
      "2026-11-23T17:00:00Z",
      [night],
      { openUntil: undefined, next: "2026-11-26T11:00" },
    ],
    [
      "is closed in the small hours of a day on which it begins",
      "2026-11-22T15:00:00Z",
      [night],
      { openUntil: undefined, next: "2026-11-23T11:00" },
    ],
    ["opens again a week later", "2026-11-25T13:00:00Z", [noon], { openUntil: undefined, next: "2026-12-02T12:00" }],
    [
      "is the next of several to open",
      "2026-11-24T00:00:00Z",
      [night, noon],
      { openUntil: undefined, next: "2026-11-25T12:00" },
    ],
    [
      "covers a whole day from 00:00 to 24:00",
      "2026-11-25T23:59:59Z",
      [window(["Wed"], "00:00", "24:00", "UTC")],
      { openUntil: "2026-11-26T00:00", next: "2026-12-02T00:00" },
    ],
    [
      "counts days in its own zone, not in UTC",
      "2026-11-24T20:00:00Z",
      [window(["Wed"], "06:00", "08:00")],
      { openUntil: "2026-11-24T21:00", next: "2026-12-01T19:00" },
    ],
    [
      "crosses the end of a year",
      "2026-12-31T23:30:00Z",
      [window(["Thu"], "23:00", "01:00", "UTC")],
      { openUntil: "2027-01-01T01:00", next: "2027-01-07T23:00" },
    ],
    // Berlin: 2026-03-29 02:00 becomes 03:00, 2026-10-25 03:00 becomes 02:00.
    [
      "is an hour shorter in the night that clocks go forward",
      "2026-03-28T22:00:00Z",
      [window(["Sat"], "23:00", "04:00", "Europe/Berlin")],
      { openUntil: "2026-03-29T02:00", next: "2026-04-04T21:00" },
    ],
    [
      "is an hour longer in the night that clocks go back",
      "2026-10-24T21:00:00Z",
      [window(["Sat"], "23:00", "04:00", "Europe/Berlin")],
      { openUntil: "2026-10-25T03:00", next: "2026-10-31T22:00" },
    ],
    [
      "begins as many minutes later when clocks skip its beginning",
      "2026-03-29T00:00:00Z",
      [window(["Sun"], "02:30", "05:00", "Europe/Berlin")],
      { openUntil: undefined, next: "2026-03-29T01:30" },
    ],
    [
      "begins at the first of two equal times",
      "2026-10-25T00:00:00Z",
      [window(["Sun"], "02:30", "05:00", "Europe/Berlin")],
      { openUntil: undefined, next: "2026-10-25T00:30" },
    ],
    [
      "ends at the first of two equal times",
      "2026-10-25T00:29:00Z",
      [window(["Sun"], "01:00", "02:30", "Europe/Berlin")],
      { openUntil: "2026-10-25T00:30", next: "2026-11-01T00:00" },
    ],
    [
      "takes zones with an offset of half an hour",
      "2026-11-23T16:31:00Z",
      [window(["Mon"], "22:00", "23:00", "Asia/Kolkata")],
      { openUntil: "2026-11-23T17:30", next: "2026-11-30T16:30" },
    ],
  ] as const) {
    it(what, () => {
      expect(at(moment, ...windows)).to.deep.equal(expected);
    });
  }

  it("is open at every hour of the week when every day is covered", () => {
    const always = window([...weekdays], "12:00", "24:00", "America/New_York");
    const mornings = window([...weekdays], "00:00", "12:00", "America/New_York");
    const start = Date.parse("2026-10-30T00:00:00Z");
    const shut = Array.from({ length: 7 * 24 }, (_, hour) => new Date(start + hour * 3_600_000)).filter(
      (moment) => !windowAt([always, mornings], moment).open,
    );
    expect(shut).to.deep.equal([]);
  });

  it("is printed with its day, its zone and the moment it begins", () => {
    const { next } = windowAt([night], new Date("2026-11-23T00:00:00Z"));
    expect(next && openingText(next)).to.equal("Mon 22:00 to 04:00 Australia/Sydney (begins 2026-11-23T11:00:00Z)");
  });

  for (const [what, value, path] of [
    ["an unknown zone", { timezone: "Australia/Sidney" }, "timezone"],
    ["an offset instead of a zone", { timezone: "+10:00" }, "timezone"],
    ["a full name of a day", { days: ["Monday"] }, "days.0"],
    ["no day", { days: [] }, "days"],
    ["an hour that does not exist", { from: "25:00" }, "from"],
    ["an hour without minutes", { to: "4" }, "to"],
    ["a window of no length", { to: "22:00" }, "to"],
  ] as const) {
    it(`refuses ${what}`, () => {
      const found = maintenanceWindow.safeParse({ ...night, ...value }).error?.issues ?? [];
      expect(found.map((issue) => issue.path.join("."))).to.deep.equal([path]);
    });
  }
});
