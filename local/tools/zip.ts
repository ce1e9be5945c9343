import { mkdir, open, writeFile, type FileHandle } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";
import { promisify } from "node:util";
import { inflateRaw } from "node:zlib";

/*
 * Go's toolchains are zip files, and neither node nor every system can unpack these. Reads what Go's module zips
 * contain: plain files, stored or deflated, of less than 4 GiB. APPNOTE.TXT of PKWARE describes the format.
 */

const inflate = promisify(inflateRaw);

const signatures = { end: 0x06054b50, entry: 0x02014b50, file: 0x04034b50 };
const sizes = { end: 22, entry: 46, file: 30 };
const longestComment = 0xffff;

interface Entry {
  readonly name: string;
  readonly method: number;
  readonly compressed: number;
  readonly offset: number;
}

/** Unpacks a zip file into a folder. `place` names each file's place in it; files without one are left out. */
export async function unzip(
  file: string,
  folder: string,
  place: (name: string) => string | undefined = (name) => name,
): Promise<void> {
  const zip = await open(file);
  try {
    const made = new Set<string>();
    for (const entry of await entriesOf(zip)) {
      const to = entry.name.endsWith("/") ? undefined : place(entry.name);
      if (to === undefined) continue;
      const path = join(folder, to);
      if (relative(folder, path).split(sep)[0] === "..") throw new Error(`${entry.name} is outside of the zip file`);
      if (!made.has(dirname(path))) await mkdir(dirname(path), { recursive: true });
      made.add(dirname(path));
      await writeFile(path, await contentOf(zip, entry));
    }
  } finally {
    await zip.close();
  }
}

async function entriesOf(zip: FileHandle): Promise<Entry[]> {
  const { size } = await zip.stat();
  const tail = await read(
    zip,
    Math.max(0, size - sizes.end - longestComment),
    Math.min(size, sizes.end + longestComment),
  );
  let end = tail.length - sizes.end;
  while (end >= 0 && tail.readUInt32LE(end) !== signatures.end) end--;
  if (end < 0) throw new Error("it is not a zip file");
  const directory = await read(zip, tail.readUInt32LE(end + 16), tail.readUInt32LE(end + 12));
  const entries: Entry[] = [];
  for (let at = 0, left = tail.readUInt16LE(end + 10); left > 0; left--) {
    if (directory.readUInt32LE(at) !== signatures.entry) throw new Error("the directory of the zip file is broken");
    const [name, extra, comment] = [28, 30, 32].map((field) => directory.readUInt16LE(at + field));
    const begin = at + sizes.entry;
    entries.push({
      name: directory.toString("utf8", begin, begin + (name ?? 0)),
      method: directory.readUInt16LE(at + 10),
      compressed: directory.readUInt32LE(at + 20),
      offset: directory.readUInt32LE(at + 42),
    });
    at = begin + (name ?? 0) + (extra ?? 0) + (comment ?? 0);
  }
  return entries;
}

async function contentOf(zip: FileHandle, { name, method, compressed, offset }: Entry): Promise<Buffer> {
  const header = await read(zip, offset, sizes.file);
  if (header.readUInt32LE(0) !== signatures.file) throw new Error(`${name} is not where the zip file says`);
  const begin = offset + sizes.file + header.readUInt16LE(26) + header.readUInt16LE(28);
  const content = await read(zip, begin, compressed);
  if (method === 0) return content;
  if (method === 8) return inflate(content);
  throw new Error(`${name} is compressed by method ${method}, which is not known here`);
}

async function read(zip: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await zip.read(Buffer.alloc(length), 0, length, position);
  if (bytesRead < length) throw new Error("the zip file is cut off");
  return buffer;
}
