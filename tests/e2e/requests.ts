/**
 * Requests so far that were no mere reads, by AWS service; those of S3 to what Pilot keeps beside clusters as
 * `s3/_pilot` (`local/aws/changes.py`).
 */
export async function writesTo(endpoint: string): Promise<Record<string, number>> {
  // It answers at once when the number asked after is not the present one.
  const answer = (await (await fetch(`${endpoint}/_pilot/changes/999999999`)).json()) as {
    services: Record<string, number>;
  };
  return answer.services;
}

/** The same, but for objects: kOps writes some again that are as they were. */
export async function changesIn(endpoint: string): Promise<Record<string, number>> {
  return Object.fromEntries(Object.entries(await writesTo(endpoint)).filter(([service]) => !/^s3(\/|$)/.test(service)));
}
