export {
  SmokeTest,
  type PendingReport as PendingReport,
  type SmokeTestArgs,
  type SmokeTestReport,
} from "./SmokeTest.ts";
export { smokeTest, type SmokeTestRequest } from "./request.ts";
