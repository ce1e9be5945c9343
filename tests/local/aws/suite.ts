import { expect } from "chai";
import { clientsOf, type Clients } from "./clients.ts";
import { errorsOf, startAws, type Aws } from "./server.ts";

/** The AWS server of a test suite, and its clients. */
export interface SuiteAws {
  readonly aws: Aws;
  readonly clients: Clients;
}

/** Starts an AWS server before the enclosing suite and stops it afterwards; then nothing may have failed inside it. */
export function awsOfSuite(): SuiteAws {
  let running: SuiteAws | undefined;
  const get = (): SuiteAws => {
    if (!running) throw new Error("the AWS server is there from the first hook of the suite on, not before");
    return running;
  };
  before(async () => {
    const aws = await startAws();
    running = { aws, clients: clientsOf(aws.endpoint) };
  });
  after(async () => {
    const { aws } = get();
    const errors = await errorsOf(aws);
    await aws.stop();
    expect(errors).to.deep.equal([]);
  });
  return {
    get aws() {
      return get().aws;
    },
    get clients() {
      return get().clients;
    },
  };
}
