import { hostname } from "node:os";

/** Who runs this program, as `person@machine`. In a container the user id may have no name. */
export function personHere({ USER, LOGNAME }: NodeJS.ProcessEnv): string {
  return `${USER ?? LOGNAME ?? "somebody"}@${hostname()}`;
}
