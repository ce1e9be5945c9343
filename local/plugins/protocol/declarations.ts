import { randomUUID } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type ts from "typescript";
import { isMissing } from "../../../providers/kops/model/errors.ts";

/**
 * Reads type declarations of an installed Pulumi SDK, so that a stand-in allows what the program can write. Reads
 * syntax only: it builds no program, and parses one small file or one interface at a time.
 */
export interface Property {
  readonly name: string;
  readonly type: Declared;
  readonly optional: boolean;
}

export type Properties = ReadonlyMap<string, Property>;

export type Declared =
  | { readonly kind: "string" | "number" | "boolean" | "any" | "asset" }
  | { readonly kind: "list" | "map"; readonly item: Declared }
  | { readonly kind: "union"; readonly of: readonly Declared[] }
  /** An interface of `types/input.d.ts` or `types/output.d.ts`, read when it is first needed. */
  | { readonly kind: "object"; readonly side: "input" | "output"; readonly name: string };

export class Declarations {
  private readonly folder: string;
  private readonly texts = new Map<string, Promise<string | undefined>>();
  private readonly members = new Map<string, Promise<Properties | undefined>>();

  private readonly kept: string | undefined;

  /**
   * @param folder of the installed SDK package
   * @param kept folder in which the result is kept for the next process, because loading the compiler takes longer than
   *   anything else in a plugin process. Each version of the package needs its own. If left out, nothing is kept.
   */
  constructor(folder: string, kept?: string) {
    this.folder = folder;
    this.kept = kept;
  }

  /** The members of a top-level interface or class of a file, or undefined if it does not exist. */
  ofFile(file: string, name: string): Promise<Properties | undefined> {
    return this.once(`${file}#${name}`, async () => {
      const text = await this.text(file);
      return text === undefined ? undefined : parse(text, name);
    });
  }

  /** The members of a nested type, such as `ec2.RouteTableRoute`. */
  async ofType(type: Extract<Declared, { kind: "object" }>): Promise<Properties> {
    const file = `types/${type.side}.d.ts`;
    const found = await this.once(`${file}#${type.name}`, async () => {
      const text = await this.text(file);
      const cut = text === undefined ? undefined : cutInterface(text, type.name.split("."));
      return cut === undefined ? undefined : parse(cut, type.name.slice(type.name.lastIndexOf(".") + 1));
    });
    if (found === undefined)
      throw new Error(`${this.folder} declares no ${type.side} type ${type.name}; reinstall the package`);
    return found;
  }

  private once(key: string, read: () => Promise<Properties | undefined>): Promise<Properties | undefined> {
    const known = this.members.get(key);
    if (known !== undefined) return known;
    const reading =
      this.kept === undefined ? read() : this.throughKept(join(this.kept, `${encodeURIComponent(key)}.json`), read);
    this.members.set(key, reading);
    return reading;
  }

  private async throughKept(
    file: string,
    read: () => Promise<Properties | undefined>,
  ): Promise<Properties | undefined> {
    const text = await readIfThere(file);
    if (text !== undefined)
      return new Map((JSON.parse(text) as Property[]).map((property) => [property.name, property]));
    const found = await read();
    if (found === undefined) return undefined;
    const draft = `${file}.${randomUUID()}`;
    await mkdir(join(file, ".."), { recursive: true });
    await writeFile(draft, JSON.stringify([...found.values()]));
    await rename(draft, file);
    return found;
  }

  private text(file: string): Promise<string | undefined> {
    const known = this.texts.get(file);
    if (known !== undefined) return known;
    const reading = readIfThere(`${this.folder}/${file}`);
    this.texts.set(file, reading);
    return reading;
  }
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** One file of megabytes has the types of all services: cut out the one interface instead of parsing everything. */
export function cutInterface(text: string, path: readonly string[]): string | undefined {
  let at = 0;
  let indent = "";
  for (const namespace of path.slice(0, -1)) {
    const head = indent === "" ? `export declare namespace ${namespace} {` : `${indent}namespace ${namespace} {`;
    const found = text.indexOf(`\n${head}`, at);
    if (found < 0) return undefined;
    at = found;
    indent += "    ";
  }
  const head = `${indent === "" ? "export " : indent}interface ${path.at(-1) ?? ""} `;
  const start = text.indexOf(`\n${head}`, at);
  if (start < 0) return undefined;
  if (indent !== "") {
    const end = text.indexOf(`\n${indent.slice(4)}}`, at + 1);
    if (end >= 0 && start > end) return undefined;
  }
  const end = text.indexOf(`\n${indent}}`, start + 1);
  return end < 0 ? undefined : text.slice(start, end + indent.length + 2);
}

async function parse(text: string, name: string): Promise<Properties | undefined> {
  const compiler = (await import("typescript")).default;
  const source = compiler.createSourceFile(`${name}.d.ts`, text, compiler.ScriptTarget.ES2022, true);
  for (const statement of source.statements) {
    const named = compiler.isInterfaceDeclaration(statement) || compiler.isClassDeclaration(statement);
    if (named && statement.name?.text === name) return membersOf(compiler, statement);
  }
  return undefined;
}

function membersOf(compiler: typeof ts, node: ts.InterfaceDeclaration | ts.ClassDeclaration): Properties {
  const properties = new Map<string, Property>();
  for (const member of node.members) {
    if (!compiler.isPropertySignature(member) && !compiler.isPropertyDeclaration(member)) continue;
    if (member.type === undefined) continue;
    const modifiers = compiler.getCombinedModifierFlags(member);
    if (modifiers & compiler.ModifierFlags.Static) continue;
    const name =
      compiler.isIdentifier(member.name) || compiler.isStringLiteral(member.name)
        ? member.name.text
        : member.name.getText();
    const { type, optional } = read(compiler, member.type);
    properties.set(name, { name, type, optional: optional || member.questionToken !== undefined });
  }
  return properties;
}

interface Read {
  readonly type: Declared;
  readonly optional: boolean;
}

function read(compiler: typeof ts, node: ts.TypeNode): Read {
  const kinds = compiler.SyntaxKind;
  const some = (type: Declared): Read => ({ type, optional: false });
  const inner = (child: ts.TypeNode): Declared => read(compiler, child).type;

  if (compiler.isUnionTypeNode(node))
    return readUnion(node.types.map((member) => (isUndefined(compiler, member) ? undefined : read(compiler, member))));
  if (compiler.isParenthesizedTypeNode(node)) return read(compiler, node.type);
  if (compiler.isArrayTypeNode(node)) return some({ kind: "list", item: inner(node.elementType) });
  if (compiler.isLiteralTypeNode(node))
    return some({ kind: compiler.isStringLiteral(node.literal) ? "string" : "any" });
  if (compiler.isTypeLiteralNode(node)) {
    const index = node.members.find((member) => compiler.isIndexSignatureDeclaration(member));
    return some(index === undefined ? { kind: "any" } : { kind: "map", item: inner(index.type) });
  }
  if (compiler.isTypeReferenceNode(node)) return readReference(compiler, node);
  switch (node.kind) {
    case kinds.StringKeyword:
      return some({ kind: "string" });
    case kinds.NumberKeyword:
      return some({ kind: "number" });
    case kinds.BooleanKeyword:
      return some({ kind: "boolean" });
    default:
      return some({ kind: "any" });
  }
}

function isUndefined(compiler: typeof ts, node: ts.TypeNode): boolean {
  return node.kind === compiler.SyntaxKind.UndefinedKeyword;
}

function readUnion(members: readonly (Read | undefined)[]): Read {
  const optional = members.some((member) => member === undefined || member.optional);
  const types: Declared[] = [];
  for (const member of members) {
    // `string | SomeEnum` is a string twice.
    if (member !== undefined && !types.some((known) => JSON.stringify(known) === JSON.stringify(member.type)))
      types.push(member.type);
  }
  const [only = { kind: "any" } as const] = types;
  return { type: types.length > 1 ? { kind: "union", of: types } : only, optional };
}

function readReference(compiler: typeof ts, node: ts.TypeReferenceNode): Read {
  const name = node.typeName.getText();
  const [argument] = node.typeArguments ?? [];
  if (argument !== undefined && /^(pulumi\.(Input|Output)|Promise)$/.test(name)) return read(compiler, argument);
  if (argument !== undefined && name === "Array")
    return { type: { kind: "list", item: read(compiler, argument).type }, optional: false };
  const nested = /^(input|output)s\.(.+)$/.exec(name);
  const [, side, path] = nested ?? [];
  if (path !== undefined)
    return { type: { kind: "object", side: side === "input" ? "input" : "output", name: path }, optional: false };
  if (name.startsWith("pulumi.asset.")) return { type: { kind: "asset" }, optional: false };
  // Enumerations, ARNs, and resources in place of their id: all arrive as strings.
  return { type: { kind: "string" }, optional: false };
}
