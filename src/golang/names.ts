/**
 * Identifiers as integers. Names are compared millions of times while a module is bound and typed; an integer
 * compares in one instruction and a column of them needs no strings.
 */

/** Index of a name; 0 is the empty name. Stable for the life of its `Names`. */
export type NameIndex = number;

/** A table of names that only grows. One per process (or worker): packages share it. */
export interface Names {
  /** The index of the bytes [start, end), entered if new. */
  intern(bytes: Uint8Array, start: number, end: number): NameIndex;
  /** The same for a string. */
  of(text: string): NameIndex;
  text(name: NameIndex): string;
  /** Whether it begins with an upper-case letter (Unicode class Lu), i.e. is exported. */
  exported(name: NameIndex): boolean;
  readonly size: number;
}
