"use strict";
const Mocha = require("mocha");

/** Mocha's spec reporter, closed by the one line that scripts read: `N passed, N failed`. */
module.exports = class PassedFailedReporter extends Mocha.reporters.Spec {
  epilogue() {
    super.epilogue();
    console.log(`${this.stats.passes} passed, ${this.stats.failures} failed`);
  }
};
