import { z } from "zod";

/** Days as people write them, in the order of `Date.getUTCDay`. */
export const weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"] as const;

function isZone(name: string): boolean {
  // Offsets such as +10:00 are known to some versions of node only, and follow no daylight saving.
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    return Boolean(new Intl.DateTimeFormat("en", { timeZone: name }));
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

const clock = (pattern: RegExp, example: string) =>
  z.string().regex(pattern, { error: `must be a time of day such as "${example}", in quotes` });

export const maintenanceWindow = z
  .strictObject({
    days: z.array(z.enum(weekdays)).min(1).describe("days on which the window begins"),
    from: clock(/^([01]\d|2[0-3]):[0-5]\d$/, "22:00").describe("when it begins, local time"),
    to: clock(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/, "04:00").describe(
      "when it ends, local time; not later than `from` means on the next day",
    ),
    timezone: z
      .string()
      .refine(isZone, { error: "must be an IANA time zone such as Australia/Sydney" })
      .describe("IANA time zone of the times"),
  })
  .refine(({ from, to }) => from !== to, {
    error: 'must not begin and end at the same time; a whole day is from "00:00" to "24:00"',
    path: ["to"],
  });

/** When nodes may be replaced. */
export type MaintenanceWindow = z.infer<typeof maintenanceWindow>;

/** One occurrence of a window. */
export interface Opening {
  window: MaintenanceWindow;
  begins: Date;
  ends: Date;
}

export interface WindowState {
  /** The occurrence that is open now. */
  open?: Opening;
  /** The next occurrence that begins later than now. */
  next?: Opening;
}

const day = 24 * 60 * 60_000;

/** The clock on the wall of a zone: at a moment, the milliseconds that its time would be in UTC. */
type WallClock = (at: number) => number;

function wallClockOf(timeZone: string): WallClock {
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
  return (at) => {
    const parts = format.formatToParts(new Date(at));
    const part = (type: Intl.DateTimeFormatPartTypes): number =>
      Number(parts.find((one) => one.type === type)?.value ?? 0);
    return Date.UTC(part("year"), part("month") - 1, part("day"), part("hour"), part("minute"), part("second"));
  };
}

/**
 * The moment at which the clock on the wall shows a time. Shown twice, when clocks go back: the first of both. Never
 * shown, when they go forward: as many minutes later, the way of most calendars.
 */
function momentOf(wall: number, clockAt: WallClock): number {
  const offsets = [wall - day, wall + day].map((near) => clockAt(near) - near);
  const moments = offsets.map((offset) => wall - offset);
  const shown = moments.filter((moment) => clockAt(moment) === wall);
  return shown.length > 0 ? Math.min(...shown) : Math.max(...moments);
}

function minutes(text: string): number {
  const [hour = 0, minute = 0] = text.split(":").map(Number);
  return hour * 60 + minute;
}

/** Occurrences of a window around a moment: from the one that began on the day before to the one in a week. */
function openings(window: MaintenanceWindow, now: number): Opening[] {
  const clockAt = wallClockOf(window.timezone);
  const wall = clockAt(now);
  const midnight = wall - (((wall % day) + day) % day);
  const overnight = minutes(window.to) <= minutes(window.from) ? day : 0;
  const days = Array.from({ length: 10 }, (_, index) => midnight + (index - 1) * day);
  return days
    .filter((start) => window.days.some((name) => name === weekdays[new Date(start).getUTCDay()]))
    .map((start) => ({
      window,
      begins: new Date(momentOf(start + minutes(window.from) * 60_000, clockAt)),
      ends: new Date(momentOf(start + minutes(window.to) * 60_000 + overnight, clockAt)),
    }));
}

/** Which window is open, and which is the next to open. */
export function windowAt(windows: readonly MaintenanceWindow[], now: Date): WindowState {
  const all = windows
    .flatMap((window) => openings(window, now.getTime()))
    .sort((a, b) => a.begins.getTime() - b.begins.getTime());
  const open = all.find(({ begins, ends }) => begins <= now && now < ends);
  const next = all.find(({ begins, ends }) => begins > now && ends > begins);
  return { ...(open && { open }), ...(next && { next }) };
}

/** An occurrence in words: `Mon 22:00 to 04:00 Australia/Sydney (begins 2026-11-23T11:00:00Z)`. */
export function openingText({ window, begins }: Opening): string {
  const name = weekdays[new Date(wallClockOf(window.timezone)(begins.getTime())).getUTCDay()] ?? "";
  return (
    `${name} ${window.from} to ${window.to} ${window.timezone} (begins ` +
    `${begins.toISOString().replace(".000", "")})`
  );
}
