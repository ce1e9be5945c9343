import yaml from "js-yaml";
import { isPlainObject } from "./merge.ts";
import type { PropertyPath } from "./problems.ts";

/*
 * How kOps reads its manifests: YAML 1.1, but dates stay text (sigs.k8s.io/yaml, goyaml.v2/resolve.go). The tests hold
 * a table that kOps 1.35.0 printed.
 */

const yes = new Set(["y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"]);
const no = new Set(["n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"]);

/** An integer as Go's strconv.ParseInt reads it in base 0: a leading zero means octal. */
const integer = /^([-+]?)(?:0[bB]([01]+)|0[oO]?([0-7]+)|0[xX]([0-9a-fA-F]+)|(0|[1-9][0-9]*))$/;
const decimal = /^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$/;
const special: Readonly<Record<string, number>> = {
  ".inf": Infinity,
  ".Inf": Infinity,
  ".INF": Infinity,
  "+.inf": Infinity,
  "+.Inf": Infinity,
  "+.INF": Infinity,
  "-.inf": -Infinity,
  "-.Inf": -Infinity,
  "-.INF": -Infinity,
  ".nan": NaN,
  ".NaN": NaN,
  ".NAN": NaN,
};

function integerIn(text: string): number | undefined {
  // Underscores count only after the first digit.
  const found = /^[-+0-9]/.test(text) ? integer.exec(text.replaceAll("_", "")) : null;
  if (!found) return undefined;
  const [, sign, binary, octal, hexadecimal, plain = "0"] = found;
  const digits =
    binary !== undefined
      ? parseInt(binary, 2)
      : octal !== undefined
        ? parseInt(octal, 8)
        : hexadecimal !== undefined
          ? parseInt(hexadecimal, 16)
          : Number(plain);
  return sign === "-" ? 0 - digits : digits;
}

function floatIn(text: string): number | undefined {
  if (text in special) return special[text];
  const plain = text.replaceAll("_", "");
  const value = /^[-+.0-9]/.test(text) && decimal.test(plain) ? Number(plain) : undefined;
  // One beyond all bounds is text.
  return value !== undefined && Number.isFinite(value) ? value : undefined;
}

const scalar = (tag: string, resolve: (text: string) => boolean, construct?: (text: string) => unknown): yaml.Type =>
  new yaml.Type(`tag:yaml.org,2002:${tag}`, { kind: "scalar", resolve, ...(construct && { construct }) });

const dateIsText = scalar("timestamp", () => false);

/** For manifests: the reading of kOps. */
export const kopsYaml = yaml.DEFAULT_SCHEMA.extend({
  implicit: [
    scalar(
      "bool",
      (text) => yes.has(text) || no.has(text),
      (text) => yes.has(text),
    ),
    scalar("int", (text) => integerIn(text) !== undefined, integerIn),
    scalar("float", (text) => floatIn(text) !== undefined, floatIn),
    dateIsText,
  ],
  explicit: [
    scalar(
      "binary",
      () => true,
      (text) => Buffer.from(text, "base64").toString("utf8"),
    ),
  ],
});

/** For all other files: YAML 1.2, as js-yaml reads it, but dates are text here too. */
export const plainYaml = yaml.DEFAULT_SCHEMA.extend({ implicit: [dateIsText] });

/** Numbers that cannot go to kOps as they were written. */
export function inexactNumbers(value: unknown, path: PropertyPath = []): { path: PropertyPath; value: number }[] {
  if (typeof value === "number")
    return Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value)) ? [] : [{ path, value }];
  if (Array.isArray(value)) return value.flatMap((one, index) => inexactNumbers(one, [...path, index]));
  if (!isPlainObject(value)) return [];
  return Object.entries(value).flatMap(([key, one]) => inexactNumbers(one, [...path, key]));
}
