import { readStackConfig } from "../../../components/environment/config.ts";

export const texts = {
  "aws:region": "ap-southeast-2",
  "pilot:network": JSON.stringify({
    cidr: "10.20.0.0/16",
    zones: ["ap-southeast-2a", "ap-southeast-2b"],
    nat: "single",
  }),
  "pilot:dns": JSON.stringify({ type: "private", name: "sbx.pilot.internal" }),
};

export const problemsOf = (changes: Record<string, unknown>) => {
  const changed = Object.fromEntries(
    Object.entries<unknown>({ ...texts, ...changes })
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => [key, typeof value === "string" ? value : JSON.stringify(value)]),
  );
  return readStackConfig(changed, "pilot").problems.map(({ source, path, message }) => `${source} ${path} ${message}`);
};
