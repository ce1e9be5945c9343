/**
 * `npm run bench`: measures the main commands with one cluster. `npm run bench -- many`: twenty clusters in one stack
 * against one. `npm run bench -- large`: one cluster with a hundred groups and a thousand nodes.
 */
const [which = "moves"] = process.argv.slice(2);
switch (which) {
  case "moves":
    await import("./bench/moves.ts");
    break;
  case "many":
    await import("./bench/many.ts");
    break;
  case "large":
    await import("./bench/large.ts");
    break;
  default:
    console.error(`There is no bench ${which}: moves (the default), many or large`);
    process.exitCode = 1;
}

export {};
