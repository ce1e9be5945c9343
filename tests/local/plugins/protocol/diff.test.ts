import { expect } from "chai";
import { compare } from "../../../../local/plugins/protocol/diff.ts";
import { Declarations, type Declared, type Properties } from "../../../../local/plugins/protocol/declarations.ts";
import { UNKNOWN, type Props } from "../../../../local/plugins/protocol/values.ts";

const text: Declared = { kind: "string" };
const properties = (optional: readonly string[], types: Record<string, Declared>): Properties =>
  new Map(Object.entries(types).map(([name, type]) => [name, { name, type, optional: optional.includes(name) }]));

const types: Record<string, Declared> = {
  cidr: text,
  zone: text,
  dns: { kind: "boolean" },
  size: { kind: "number" },
  tags: { kind: "map", item: text },
  hosts: { kind: "list", item: text },
  routes: { kind: "list", item: text },
  policy: text,
};

// The cloud fills in `zone`; everything else may be left empty.
const diff = async (wish: Props, state: Props): Promise<Record<string, string>> => {
  const changes = await compare(wish, state, {
    inputs: properties(Object.keys(types), types),
    outputs: properties(
      Object.keys(types).filter((name) => name !== "zone"),
      types,
    ),
    declarations: new Declarations("nowhere"),
    sets: new Set(["routes"]),
    same: { policy: (one, other) => one.trim() === other.trim() },
  });
  return Object.fromEntries(changes.map(({ path, kind }) => [path, kind]));
};

describe("the difference between desired state and actual state", () => {
  const table: readonly [string, Props, Props, Record<string, string>][] = [
    ["nothing, when they are the same", { cidr: "a", dns: true }, { cidr: "a", dns: true, zone: "z" }, {}],
    ["nothing, for what the cloud filled in and the program left out", {}, { zone: "z" }, {}],
    ["a change, for what the cloud fills in and the program sets", { zone: "y" }, { zone: "z" }, { zone: "update" }],
    ["nothing, between left out and empty", { dns: false, hosts: [], cidr: "" }, {}, {}],
    [
      "a deletion, for what exists and was left out",
      {},
      { cidr: "a", dns: true, tags: { a: "b" } },
      { cidr: "delete", dns: "delete", tags: "delete" },
    ],
    ["an addition, for what is desired and does not exist", { cidr: "a" }, {}, { cidr: "add" }],
    ["a change, for a switch that is off", { dns: true }, { dns: false }, { dns: "update" }],
    ["a change, for a switch that must be off", { dns: false }, { dns: true }, { dns: "update" }],
    [
      "the tag, not the tags",
      { tags: { a: "1", c: "", "d/e": "x" } },
      { tags: { a: "2", b: "3" } },
      { "tags.a": "update", "tags.b": "delete", "tags.c": "add", 'tags["d/e"]': "add" },
    ],
    [
      "the element of a list",
      { hosts: ["a", "c", "d"] },
      { hosts: ["a", "b"] },
      { "hosts[1]": "update", "hosts[2]": "add" },
    ],
    ["the rest of a list that is too long", { hosts: ["a"] }, { hosts: ["a", "b"] }, { "hosts[1]": "delete" }],
    ["nothing, for a set in another order", { routes: ["b", "a"] }, { routes: ["a", "b"] }, {}],
    ["the element of a set that differs", { routes: ["c", "a"] }, { routes: ["a", "b"] }, { "routes[0]": "update" }],
    ["what was removed from a set", { routes: ["a"] }, { routes: ["a", "b"] }, { "routes[1]": "delete" }],
    ["nothing, for a text with the same meaning", { policy: " x " }, { policy: "x" }, {}],
    [
      "a change, for what is not known yet",
      { cidr: UNKNOWN, tags: { a: UNKNOWN }, routes: [UNKNOWN] },
      { cidr: "a", tags: { a: "b" }, routes: ["r"] },
      { cidr: "update", "tags.a": "update", routes: "update" },
    ],
    ["an addition, for what is not known yet and did not exist", { size: UNKNOWN }, {}, { size: "add" }],
  ];
  for (const [name, wish, state, expected] of table) {
    it(`is ${name}`, async () => {
      expect(await diff(wish, state)).to.deep.equal(expected);
    });
  }
});
