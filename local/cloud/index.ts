export { ensureCloud, daemonLog, type Report } from "./ensure.ts";
export { endWith, ownerOf } from "../base/owner.ts";
export { stopCloud, forgetCloud } from "./stop.ts";
export { cloudState, type CloudState } from "./supervision/state.ts";
export type { CloudTools } from "./cloud.ts";
export { setFleetFaults, type FleetFaults } from "./fleet/index.ts";
