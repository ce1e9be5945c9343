import { expect } from "chai";
import { lineOf, yamlDocuments } from "../../../components/config/yaml.ts";

describe("the lines of properties", () => {
  const text = [
    "# comment",
    "name: k1",
    "",
    "nodeGroups:",
    "  a:",
    "    image: x",
    "  b: {image: y}",
    "image: z",
    '"quoted": 1',
    "base: &base",
    "  size: 1",
    "copy: *base",
    "merged:",
    "  <<: *base",
    "  own: 2",
    "list:",
    "  - name: first",
    "  - name: second",
    "text: |",
    "  own: not a key",
    '"es\\u0063aped": 1',
    "1: number",
  ].join("\n");
  const table: [PropertyKey[], number | undefined][] = [
    [["name"], 2],
    [["nodeGroups", "a", "image"], 6],
    [["nodeGroups", "b", "image"], 7],
    [["nodeGroups", "c"], 4],
    [["image"], 8],
    [["quoted"], 9],
    [["copy", "size"], 12],
    [["merged", "size"], 13],
    [["merged", "own"], 15],
    [["list", 1, "name"], 16],
    [["text", "own"], 19],
    [["escaped"], 21],
    [["1"], 22],
    [["absent"], undefined],
    [[], undefined],
  ];
  const [document] = yamlDocuments(text).documents;
  for (const [path, line] of table) {
    it(`lead to ${path.join(".") || "the document"} ${line === undefined ? "nowhere" : `in line ${line}`}`, () => {
      expect(document && lineOf(document, path)).to.equal(line);
    });
  }

  it("are counted from the start of the file, even in a later document", () => {
    const { documents } = yamlDocuments("a: 1\n---\n# comment\nb:\n  c: 2\n--- \nd: 3\n");
    expect(documents.map((one) => one.firstLine)).to.deep.equal([1, 2, 6]);
    expect(documents.map((one, index) => lineOf(one, [["a"], ["b", "c"], ["d"]][index] ?? []))).to.deep.equal([
      1, 5, 7,
    ]);
  });

  it("are found in a file with Windows line endings", () => {
    const [windows] = yamlDocuments("a: 1\r\nb:\r\n  c: 2\r\n").documents;
    expect(windows?.value).to.deep.equal({ a: 1, b: { c: 2 } });
    expect(windows && lineOf(windows, ["b", "c"])).to.equal(3);
  });
});

/** Values that parsers of YAML 1.1, 1.2 core and js-yaml read differently; existing requests rely on this reading. */
describe("YAML values", () => {
  const table: [string, unknown][] = [
    ["yes", "yes"],
    ["No", "No"],
    ["on", "on"],
    ["True", true],
    ["~", null],
    ["0o12", 10],
    ["012", 12],
    ["0x1F", 31],
    ["0b101", 5],
    ["1_000", "1_000"],
    ["1e3", 1000],
    [".5", 0.5],
    ["12:30:45", "12:30:45"],
    ["1.30", 1.3],
    ["2025-12-12", "2025-12-12"],
    ["2025-12-12T10:00:00Z", "2025-12-12T10:00:00Z"],
    ["!!binary aGk=", new Uint8Array([104, 105])],
    ["!!set {a, b}", { a: null, b: null }],
    ["!!omap [a: 1]", [{ a: 1 }]],
    ["!!str 12", "12"],
    ["{a: 1, ? b}", { a: 1, b: null }],
  ];
  for (const [text, value] of table) {
    it(`read ${text} as before`, () => {
      const { documents, error } = yamlDocuments(`key: ${text}`);
      expect(error).to.equal(undefined);
      expect(documents.map((one) => one.value)).to.deep.equal([{ key: value }]);
    });
  }

  it("keep anchors and merge keys, and prefer an object's own key to a merged one", () => {
    const { documents } = yamlDocuments(
      "base: &b {x: 1, y: 1}\nmerged:\n  <<: *b\n  y: 2\nlist:\n  <<: [*b, {z: 3}]\n",
    );
    expect(documents[0]?.value).to.deep.equal({
      base: { x: 1, y: 1 },
      merged: { x: 1, y: 2 },
      list: { x: 1, y: 1, z: 3 },
    });
  });

  const refused: [string, string, number, string][] = [
    ["a duplicate key", "a: 1\nb: 2\na: 3\n", 3, "duplicated mapping key"],
    ["a duplicate key in flow style", "x: {a: 1, a: 2}\n", 1, "duplicated mapping key"],
    ["an unknown tag", "a: !Ref b\n", 1, "unknown tag !<!Ref>"],
    ["an unknown alias", "a: *nowhere\n", 1, 'unidentified alias "nowhere"'],
    ["a merge of a scalar", "a:\n  <<: 1\n", 2, "cannot merge mappings; the provided source object is unacceptable"],
    ["a tab as indentation", "a:\n\tb: 1\n", 2, "tab characters must not be used in indentation"],
    ["two values on one line", "a: b: c\n", 1, "bad indentation of a mapping entry"],
    ["an unclosed list", "ok: 1\n---\nname: [\n", 4, "unexpected end of the stream within a flow collection"],
  ];
  for (const [what, text, line, message] of refused) {
    it(`refuse ${what}, with its line`, () => {
      expect(yamlDocuments(text).error).to.deep.equal({ line, message });
    });
  }
});
