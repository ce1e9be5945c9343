/** The most that is taken from a pull request. A cluster file has about 1 KB, a complete kOps manifest about 10 KB. */
export const limits = {
  /** Bytes of one file. */
  fileBytes: 256 * 1024,
  /** Changed files. */
  files: 200,
  /** Bytes of all of them. */
  allBytes: 4 * 1024 * 1024,
} as const;
