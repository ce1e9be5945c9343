import { createHash } from "node:crypto";
import { objects, text, texts } from "../shared/handler.ts";
import { isProps, type Props, type Value } from "../../protocol/values.ts";
import type { Invoke } from "./invoke.ts";

/** Composes a policy document without asking AWS. */
export const invoke: Invoke = (_context, args) => {
  const document = compose(args);
  const json = JSON.stringify(document, null, 2);
  return Promise.resolve({
    ...args,
    id: createHash("sha256").update(json).digest("hex").slice(0, 10),
    json,
    minifiedJson: JSON.stringify(document),
    statements: args["statements"],
    version: document["Version"],
  });
};

/** Sources first, then the statements, then overrides: a statement replaces an earlier one with the same id. */
export function compose(args: Props): Props {
  const sources = [text(args, "sourceJson"), ...texts(args, "sourcePolicyDocuments")].flatMap(
    statementsOf("a source document"),
  );
  const own = objects(args, "statements").map((statement) =>
    composeStatement(statement, text(args, "version") ?? "2012-10-17"),
  );
  const overrides = [text(args, "overrideJson"), ...texts(args, "overridePolicyDocuments")].flatMap(
    statementsOf("an overriding document"),
  );
  assertUnique([...sources, ...own]);
  const statements = [...sources, ...own];
  for (const statement of overrides) {
    const at = statements.findIndex((earlier) => statement["Sid"] !== undefined && earlier["Sid"] === statement["Sid"]);
    if (at >= 0) statements[at] = statement;
    else statements.push(statement);
  }
  const id = text(args, "policyId");
  return {
    Version: text(args, "version") ?? "2012-10-17",
    ...(id && { Id: id }),
    ...(statements.length > 0 && { Statement: statements }),
  };
}

function composeStatement(statement: Props, version: string): Props {
  const sid = text(statement, "sid");
  const conditions = conditionsOf(objects(statement, "conditions"));
  const list = (argument: string): Value | undefined => oneOrMany(texts(statement, argument), version);
  const entries: [string, Value | undefined][] = [
    ["Sid", sid],
    ["Effect", text(statement, "effect") ?? "Allow"],
    ["Action", list("actions")],
    ["NotAction", list("notActions")],
    ["Resource", list("resources")],
    ["NotResource", list("notResources")],
    ["Principal", principalsOf(objects(statement, "principals"))],
    ["NotPrincipal", principalsOf(objects(statement, "notPrincipals"))],
    ["Condition", Object.keys(conditions).length > 0 ? conditions : undefined],
  ];
  return Object.fromEntries(entries.filter((entry): entry is [string, Value] => entry[1] !== undefined));
}

// The order in which AWS returns lists, so that a document read back is the same text.
function oneOrMany(values: readonly string[], version: string): Value | undefined {
  if (values.length === 0) return undefined;
  const escaped = values
    .map((value) => (version === "2012-10-17" ? value.replaceAll("&{", "${") : value))
    .toSorted()
    .toReversed();
  const [first = "", ...others] = escaped;
  return others.length === 0 ? first : escaped;
}

function principalsOf(principals: readonly Props[]): Value | undefined {
  if (principals.length === 0) return undefined;
  // Everybody is written in one of two ways, depending on whether anonymous callers are included.
  if (principals.some((principal) => principal["type"] === "*")) return "*";
  const byType: Props = {};
  for (const principal of principals) {
    const type = text(principal, "type") ?? "AWS";
    const before = byType[type];
    const known = typeof before === "string" ? [before] : texts(byType, type);
    const [only = "", ...others] = [...known, ...texts(principal, "identifiers")].toSorted().toReversed();
    byType[type] = others.length === 0 ? only : [only, ...others];
  }
  return byType;
}

function conditionsOf(conditions: readonly Props[]): Props {
  const byTest: Props = {};
  for (const condition of conditions) {
    const test = text(condition, "test") ?? "";
    const variable = text(condition, "variable") ?? "";
    const values = texts(condition, "values").map((value) => value.replaceAll("&{", "${"));
    const variables = byTest[test];
    const [only = "", ...others] = values;
    byTest[test] = { ...(isProps(variables) ? variables : {}), [variable]: others.length === 0 ? only : values };
  }
  return byTest;
}

function statementsOf(what: string): (json: string | undefined) => Props[] {
  return (json) => {
    if (json === undefined) return [];
    let document: unknown;
    try {
      document = JSON.parse(json);
    } catch (error) {
      throw new Error(`${what} is not JSON`, { cause: error });
    }
    const statement = (document as { Statement?: Props | Props[] }).Statement ?? [];
    return Array.isArray(statement) ? statement : [statement];
  };
}

function assertUnique(statements: readonly Props[]): void {
  const ids = statements.flatMap((statement) => text(statement, "Sid") ?? []);
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  if (twice !== undefined)
    throw new Error(`the statement id "${twice}" is used twice; ids must be unique in a document`);
}
