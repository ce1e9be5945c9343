/**
 * What is taken from a pull request at most. A cluster file has about one kilobyte, a complete kOps manifest some ten.
 */
export const limits = {
  /** Bytes of one file. */
  fileBytes: 256 * 1024,
  /** Changed files. */
  files: 200,
  /** Bytes of all of them. */
  allBytes: 4 * 1024 * 1024,
} as const;
