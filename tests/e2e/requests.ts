/** Number of changing requests so far, by AWS service; `s3/_pilot` are Pilot's own objects (`local/aws/changes.py`). */
export async function writesTo(endpoint: string): Promise<Record<string, number>> {
  // The answer comes at once if this is not the current number.
  const answer = (await (await fetch(`${endpoint}/_pilot/changes/999999999`)).json()) as {
    services: Record<string, number>;
  };
  return answer.services;
}

/** The same without S3, because kOps rewrites some unchanged objects. */
export async function changesIn(endpoint: string): Promise<Record<string, number>> {
  return Object.fromEntries(Object.entries(await writesTo(endpoint)).filter(([service]) => !/^s3(\/|$)/.test(service)));
}
