import { elapsed } from "../../providers/kops/model/durations.ts";

/** Measures the phases of a long command, for the table at its end. */
export class Phases {
  readonly #spans: { name: string; milliseconds: number }[] = [];

  add(name: string, milliseconds: number): void {
    this.#spans.push({ name, milliseconds });
  }

  async time<T>(name: string, work: () => Promise<T>): Promise<T> {
    const started = Date.now();
    try {
      return await work();
    } finally {
      this.add(name, Date.now() - started);
    }
  }

  /** Milliseconds. */
  get total(): number {
    return this.#spans.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  }

  /** One line per phase, and their sum. */
  table(): string {
    const rows = [...this.#spans, { name: "together", milliseconds: this.total }].map(({ name, milliseconds }) => ({
      name,
      took: elapsed(milliseconds),
    }));
    const width = Math.max(...rows.map(({ name }) => name.length));
    const wide = Math.max(...rows.map(({ took }) => took.length));
    return rows.map(({ name, took }) => `  ${name.padEnd(width)}  ${took.padStart(wide)}`).join("\n");
  }
}
