/** The first Ctrl-C stops kOps after the current step; the operation stays open in the journal. */
export function stopSignal(): AbortSignal {
  const stop = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const)
    process.once(name, () => {
      stop.abort();
    });
  return stop.signal;
}
