// Plain JavaScript without packages, because the supervisor starts with it.
import { uptime } from "node:os";

/*
 * No clock of a machine is right alone:
 * - wall: stepped by people, NTP and the hypervisor, in both directions. Only this one shows that a paused virtual
 *   machine continues.
 * - steady: never stepped, but on Linux it stops while the machine is suspended, and node's timers with it.
 * - boot: counts a suspend too (Linux: /proc/uptime is CLOCK_BOOTTIME, fs/proc/uptime.c). On macOS it follows the wall
 *   clock; there the steady one counts a suspend.
 * So whoever holds something believes the clock that went furthest, and whoever waits for it only the steady one.
 */

/** Reads the clocks, in milliseconds. All processes of this machine read the same values. */
export function readClocks() {
  return { wall: Date.now(), steady: Number(process.hrtime.bigint()) / 1e6, boot: uptime() * 1000 };
}

/** The longest time that may have passed between two readings. */
export function longestBetween(then, now) {
  return Math.max(0, now.wall - then.wall, now.steady - then.steady, now.boot - then.boot);
}
