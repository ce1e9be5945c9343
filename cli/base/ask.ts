import { createInterface } from "node:readline/promises";

/** Asks on a terminal; the answer must be this word. */
async function askHere(question: string, word: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return (await terminal.question(`${question} Type ${word} to do so: `)).trim() === word;
  } finally {
    terminal.close();
  }
}

/** Asks a question; undefined without a terminal. */
export type Ask = ((question: string, word: string) => Promise<boolean>) | undefined;

export const ask = (): Ask => (process.stdin.isTTY ? askHere : undefined);
