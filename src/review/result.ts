/**
 * What a review hands out: reports with positions resolved, plain data all through, so that it crosses threads, goes
 * into the cache as JSON and reaches writers without a tree. Offsets are bytes within the file, lines and columns are
 * 1-based and in bytes, as Go counts.
 */
import type { Confidence } from './rule.ts';

/** A piece of one file. `end…` is after its last byte. */
export interface Range {
  readonly path: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
  /** Byte offsets within the file. */
  readonly start: number;
  readonly end: number;
}

export interface ReportStep extends Range {
  readonly says: string;
}

export interface FileEdit {
  readonly path: string;
  /** Bytes [start, end) of the file become `text`. */
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

export interface ReportFix {
  readonly title: string;
  readonly edits: readonly FileEdit[];
  /** --fix may apply it; otherwise it is only offered. */
  readonly safe: boolean;
}

export interface FileReport extends Range {
  readonly rule: string;
  readonly confidence: Confidence;
  readonly message: string;
  readonly advice: string;
  readonly steps: readonly ReportStep[];
  readonly fix: ReportFix | null;
  /** As the runtime names it, with the import path: `example.com/shop/cart.(*Store).Put`, `main.serve.func1`. '' at package level. */
  readonly function: string;
  readonly importPath: string;
  /** Path of the module; `std` for GOROOT; '' outside any module. */
  readonly module: string;
  /** Source text of the reported node with white space folded, at most 120 bytes: for the fingerprint. */
  readonly operation: string;
  /** In a _test.go file. */
  readonly inTest: boolean;
}

/** Where the parser gave up for a moment; the rest of the file was reviewed. */
export interface FileProblem {
  readonly path: string;
  readonly line: number;
  readonly column: number;
  /** A sentence without position. */
  readonly message: string;
}

/** A comment that may be a suppression. */
export interface FileComment {
  readonly path: string;
  /** Line of its first byte. */
  readonly line: number;
  readonly column: number;
  /** Byte offsets within the file. */
  readonly start: number;
  readonly end: number;
  /** With its slashes. */
  readonly text: string;
  /** Nothing but white space stands before it on its line. */
  readonly standsAlone: boolean;
  /** 1-based line of the first code after it, on its own line or below; 0 when the file has none. What a comment above a statement is about. */
  readonly nextCodeLine: number;
}

export interface ReviewStats {
  readonly packages: number;
  readonly files: number;
  /** Bytes of source. */
  readonly bytes: number;
  readonly seconds: number;
  /** Packages whose answer came from the cache. */
  readonly fromCache: number;
}

export interface ReviewResult {
  /** By path, offset, rule. Generated files have none; in test files confidence is at most low. Suppressions are not yet applied. */
  readonly reports: readonly FileReport[];
  /** By path and position. */
  readonly problems: readonly FileProblem[];
  /** What was left out and why, one sentence each: an unreadable directory, a package whose time was up. */
  readonly notes: readonly string[];
  /** Comments that look like a suppression (`nolint`, `lint:`, `hemostat:`), by path and position, of every reviewed file. */
  readonly comments: readonly FileComment[];
  /** Paths of all reviewed files, sorted. */
  readonly files: readonly string[];
  readonly stats: ReviewStats;
}

export interface ReviewOptions {
  /** Patterns are relative to it, and so is nothing else: paths in the result are absolute. */
  readonly cwd: string;
  /** Default: of this machine, in Go's words (linux, darwin, windows; amd64, arm64). */
  readonly goos?: string;
  readonly goarch?: string;
  /** Extra build tags. */
  readonly tags?: readonly string[];
  /** Review _test.go files, too. Default true. */
  readonly tests?: boolean;
  /** Ids of the rules to run. Default: all. */
  readonly rules?: readonly string[];
  readonly cache?: 'on' | 'off';
  /** Threads; 0: in this one. Default: as many as there are cores, at most 8. */
  readonly workers?: number;
  /** Packages finished, of how many. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Aborts: `review` rejects with its reason, workers are ended. */
  readonly signal?: AbortSignal;
}

/** One file as an editor sees it. */
export interface SessionResult {
  readonly reports: readonly FileReport[];
  readonly problems: readonly FileProblem[];
  readonly notes: readonly string[];
  readonly comments: readonly FileComment[];
}

/** Keeps what it has loaded, so that one file is reviewed again in milliseconds. For editors. */
export interface Session {
  /**
   * Reviews the package that the file is in and gives what concerns the file. `contents`: unsaved text by absolute path,
   * for any file; null for text that is saved.
   */
  reviewFile(path: string, contents: string | null): Promise<SessionResult>;
  /** The file was closed or saved: what is on disk counts again. */
  forget(path: string): void;
  close(): Promise<void>;
}

export type SessionOptions = Pick<ReviewOptions, 'cwd' | 'goos' | 'goarch' | 'tags' | 'tests' | 'rules'>;
