/** How Go names this system and this machine; official releases use the same names. */
export function goPlatform(): { system: string; machine: string } {
  return {
    system: process.platform === "win32" ? "windows" : process.platform,
    machine: process.arch === "x64" ? "amd64" : process.arch,
  };
}
