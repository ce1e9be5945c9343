/** Whether a process of this machine is alive. A zombie is not. */
export function isAlive(pid: number): boolean;
