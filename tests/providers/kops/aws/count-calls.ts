type Next = (args: object) => Promise<unknown>;

/** A client of any service. */
interface Client {
  middlewareStack: object;
}

interface Stack {
  add(
    step: (next: Next, context: { commandName?: string }) => Next,
    options: { step: "initialize"; name: string; override: true },
  ): void;
}

/** Counts the calls of these clients from now on, by command. */
export function countCalls(...clients: readonly Client[]): Readonly<Record<string, number>> {
  const calls: Record<string, number> = {};
  for (const { middlewareStack } of clients) {
    (middlewareStack as Stack).add(
      (next, { commandName = "" }) =>
        (args) => {
          calls[commandName] = (calls[commandName] ?? 0) + 1;
          return next(args);
        },
      { step: "initialize", name: "countCalls", override: true },
    );
  }
  return calls;
}
