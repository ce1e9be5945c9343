import { execa } from "execa";

export interface Process {
  pid: number;
  parent: number;
  command: string;
}

/** All running processes, without zombies. */
export async function processes(): Promise<Process[]> {
  const { stdout } = await execa("ps", ["-eo", "pid=,ppid=,stat=,args="]);
  return stdout.split("\n").flatMap((line) => {
    const [, pid, parent, state = "", command = ""] = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? [];
    return pid === undefined || state.startsWith("Z") ? [] : [{ pid: Number(pid), parent: Number(parent), command }];
  });
}

/** The provider's processes for one checkout and cluster. */
export interface Running {
  plugins: number[];
  supervisors: number[];
  /** Including those without a supervisor. */
  kops: number[];
}

export function runningOf(all: readonly Process[], folder: string, cluster: string): Running {
  const having = (text: string): Process[] => all.filter(({ command }) => command.includes(text));
  const supervisors = having(`${folder}/providers/kops/supervisor.mjs`).map(({ pid }) => pid);
  const kops = all.filter(
    ({ pid, parent, command }) =>
      !supervisors.includes(pid) &&
      (supervisors.includes(parent) ||
        (/^\S*\/kops /.test(command) && (command.includes(folder) || command.includes(cluster)))),
  );
  return {
    plugins: having(`${folder}/local/plugins/dynamic-provider.cjs`).map(({ pid }) => pid),
    supervisors,
    kops: kops.map(({ pid }) => pid),
  };
}
