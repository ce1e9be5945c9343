/** Kills what a supervisor left behind: the command itself, if the supervisor was killed; otherwise nothing. */
export function endGroup(leader: number | undefined): void {
  if (leader !== undefined) signal(-leader, "SIGKILL");
}

/** Sends a signal; a process, or a group (a negative id), that no longer exists is no error. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}
