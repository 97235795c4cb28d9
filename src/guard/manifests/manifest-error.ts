/** What is wrong with a document, and where. */
export class ManifestError extends Error {
  override readonly name = 'ManifestError';
  /** UTF-16 units from the beginning of the document. */
  readonly offset: number;
  /** `says` goes on from the file's name: `is no valid YAML: …`. */
  constructor(says: string, offset: number) {
    super(says);
    this.offset = offset;
  }
}
