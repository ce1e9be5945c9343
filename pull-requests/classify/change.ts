/** A file that a pull request adds, changes or removes. */
export interface Change {
  path: string;
  /** Of the file as git knows it, 100644 for an ordinary one; absent when it is removed. */
  mode?: string;
  /** Name of its content in git; absent when it is removed. */
  blob?: string;
  /** Name of the content that it replaces; absent when it is new. */
  oldBlob?: string;
}

/**
 * A change of a data file, with what stood and what is to stand there. Absent texts: there was, or will be, no file.
 */
export interface DataChange {
  path: string;
  stack: string;
  file: "cluster" | "stack";
  before?: string;
  after?: string;
}
