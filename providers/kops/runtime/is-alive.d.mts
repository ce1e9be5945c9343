/** Whether a process of this machine still works. A zombie does not. */
export function isAlive(pid: number): boolean;
