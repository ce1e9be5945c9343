"use strict";
const { appendFileSync, readFileSync } = require("node:fs");
const Mocha = require("mocha");

/**
 * Mocha's spec reporter, closed by the one line that scripts read: `N passed, N failed`. Where several runs make up one
 * (`npm test`), they share a file named by PILOT_TALLY, and the line counts all of them so far.
 */
module.exports = class PassedFailedReporter extends Mocha.reporters.Spec {
  epilogue() {
    super.epilogue();
    const counts = [[this.stats.passes, this.stats.failures]];
    const tally = process.env.PILOT_TALLY;
    if (tally) {
      appendFileSync(tally, `${counts[0].join(" ")}\n`);
      counts.length = 0;
      for (const line of readFileSync(tally, "utf8").trim().split("\n")) counts.push(line.split(" ").map(Number));
    }
    const sum = (index) => counts.reduce((total, one) => total + one[index], 0);
    console.log(`${sum(0)} passed, ${sum(1)} failed`);
  }
};
