export { Fleet } from "./fleet.ts";
export { setFleetFaults, readFleetFaults, faultsPath, noFaults, type FleetFaults } from "./faults.ts";
export { describeInstances, MachineTypes, type Instance } from "./instances.ts";
export { launchFile, parseLaunch } from "./launch.ts";
export { planFleet, type FleetAction, type FleetView } from "./plan.ts";
export { neverReadyAnnotation, exitCodeAnnotation } from "./pods.ts";
