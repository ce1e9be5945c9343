import { StateStore, type StateStoreArgs } from "../../../components/state-store/index.ts";
import { accountId, ofType, record, type Registered } from "../mocks.ts";

export const store = (args: Partial<StateStoreArgs> = {}) =>
  record(
    () =>
      new StateStore("env", {
        buckets: { state: "the-state", discovery: "the-oidc", logs: "the-logs" },
        region: "ap-southeast-2",
        accountId,
        policyId: "pilot pilot/sbx",
        tags: { environment: "sbx" },
        ...args,
      }),
  );

export const s3 = (resources: readonly Registered[], kind: string) =>
  ofType(resources, `aws:s3/${kind.charAt(0).toLowerCase()}${kind.slice(1)}:${kind}`);

interface Statement {
  Sid: string;
  Principal?: unknown;
  Effect: string;
  Action: string;
  Resource: string[];
  Condition?: unknown;
}
export const statements = (resource: Registered | undefined) =>
  (JSON.parse(String(resource?.inputs["policy"])) as { Statement: Statement[] }).Statement;
