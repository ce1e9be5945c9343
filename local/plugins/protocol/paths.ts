/** A property path as the engine writes it: `tags.Name`, `tags["a/b"]`, `routes[0].cidrBlock`. */
export function join(base: string, key: string | number): string {
  if (typeof key === "number") return `${base}[${key}]`;
  if (!/^[A-Za-z_$][\w$]*$/.test(key)) return `${base}["${key.replaceAll('"', '\\"')}"]`;
  return base === "" ? key : `${base}.${key}`;
}
