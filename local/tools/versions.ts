/** Compares two versions such as `1.35.0` and `v3.250.0`. A pre-release comes before its release. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [parseVersion(a), parseVersion(b)];
  for (let i = 0; i < 3; i++) {
    const difference = (left.numbers[i] ?? 0) - (right.numbers[i] ?? 0);
    if (difference !== 0) return Math.sign(difference);
  }
  if (left.preRelease === right.preRelease) return 0;
  if (left.preRelease === "") return 1;
  if (right.preRelease === "") return -1;
  return Math.sign(left.preRelease.localeCompare(right.preRelease, "en", { numeric: true }));
}

function parseVersion(version: string): { numbers: number[]; preRelease: string } {
  const [, numbers = "", preRelease = ""] = /^v?(\d+(?:\.\d+)*)(?:-([0-9A-Za-z.-]+))?/.exec(version.trim()) ?? [];
  return { numbers: numbers.split(".").map(Number), preRelease };
}

/** Whether an installed tool can replace `wanted`: not older, and of the same major version. */
export function isNewEnough(installed: string, wanted: string): boolean {
  return (
    compareVersions(installed, wanted) >= 0 && parseVersion(installed).numbers[0] === parseVersion(wanted).numbers[0]
  );
}
