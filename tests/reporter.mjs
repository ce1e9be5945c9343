import Mocha from "mocha";

/** Mocha's spec reporter, closed by the one line that scripts read: `N passed, N failed`. */
export default class PassedFailedReporter extends Mocha.reporters.Spec {
  epilogue() {
    super.epilogue();
    console.log(`${this.stats.passes} passed, ${this.stats.failures} failed`);
  }
}
