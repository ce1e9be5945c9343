/** A file that a pull request adds, changes or removes. */
export interface Change {
  path: string;
  /** The file's mode in git: 100644 for a regular file. Absent if the file is removed. */
  mode?: string;
  /** The content's hash in git. Absent if the file is removed. */
  blob?: string;
  /** The hash of the content that it replaces. Absent if the file is new. */
  oldBlob?: string;
}

/** A change of a data file, with its old and new text. A text is absent if the file does not exist. */
export interface DataChange {
  path: string;
  stack: string;
  file: "cluster" | "stack";
  before?: string;
  after?: string;
}
