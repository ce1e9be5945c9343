/** The first items of a list for people, and how many more there are. */
export function shortened(items: readonly string[], most: number): string[] {
  return items.length <= most ? [...items] : [...items.slice(0, most), `and ${items.length - most} more`];
}
