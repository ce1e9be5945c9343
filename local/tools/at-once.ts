/**
 * Runs jobs, at most `limit` at a time. If one fails, the running ones end, no other begins, and the first failure is
 * thrown: nothing runs on behind a message.
 */
export async function atOnce<T extends readonly unknown[]>(
  limit: number,
  jobs: { readonly [K in keyof T]: () => Promise<T[K]> },
): Promise<T> {
  const results: unknown[] = [];
  const failures: unknown[] = [];
  const waiting = jobs.entries();
  const lane = async (): Promise<void> => {
    for (const [index, job] of waiting) {
      if (failures.length > 0) return;
      try {
        results[index] = await job();
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, limit) }, lane));
  if (failures.length > 0) throw failures[0];
  return results as unknown as T;
}
