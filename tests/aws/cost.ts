/*
 * What an acceptance run can cost at most. Prices are USD, rounded up to those of the dearer regions (Asia Pacific,
 * South America); most are lower.
 */

/** At the moment of the most machines: a control plane, two nodes, one more of each while a group rolls. */
const hourly: Readonly<Record<string, { price: number; count: number }>> = {
  "machines of at most 8 GiB (t3.large)": { price: 0.14, count: 5 },
  "NAT gateway": { price: 0.1, count: 1 },
  "network load balancer with its units": { price: 0.05, count: 1 },
  "interface endpoint": { price: 0.02, count: 1 },
  "public IPv4 address": { price: 0.005, count: 4 },
  // USD 0.16 per GB and month.
  "volume of at most 64 GiB": { price: 0.015, count: 7 },
};

/** Charged for the run as a whole. */
const once: Readonly<Record<string, number>> = {
  "hosted zone": 0.5,
  "KMS key, by the hour": 0.1,
  "25 GB through the NAT gateway and out": 5 * 0.5,
  "logs and requests": 0.5,
};

export function hourlyBound(): number {
  return Object.values(hourly).reduce((sum, { price, count }) => sum + price * count, 0);
}

/** The most that a run of so many minutes can cost. */
export function costBound(minutes: number): number {
  return Object.values(once).reduce((sum, price) => sum + price, 0) + (hourlyBound() * minutes) / 60;
}
