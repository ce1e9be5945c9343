/** Go's names for this system and machine; official releases use them, too. */
export function goPlatform(): { system: string; machine: string } {
  return {
    system: process.platform === "win32" ? "windows" : process.platform,
    machine: process.arch === "x64" ? "amd64" : process.arch,
  };
}
