/**
 * The contract between rules and what runs them. A rule is one small file in rules/: metadata and a `check` over a `Pass`;
 * its page is docs/rules/<id>.md, whose bad and good example are its first tests.
 */
import type { Bindings } from '../golang/bindings.ts';
import type { Flow } from '../golang/flow.ts';
import type { SourcePackage } from '../golang/module.ts';
import type { KindCode } from '../golang/nodes.ts';
import type { NodeIndex, Offset, Tree } from '../golang/tree.ts';
import type { Typing } from '../golang/typing.ts';

/** high fails CI by default; medium and low are shown. Ordered from sure to unsure. */
export type Confidence = 'high' | 'medium' | 'low';

/** One replacement of source text: bytes [start, end) of the package's tree become `text`. */
export interface Edit {
  readonly start: Offset;
  readonly end: Offset;
  readonly text: string;
}

/** A step of the explanation, in the order in which things happen; SARIF's codeFlows. */
export interface Step {
  readonly node: NodeIndex;
  /** e.g. `the channel is made here, without room`. */
  readonly says: string;
}

export interface Report {
  readonly confidence: Confidence;
  /** Where: the operation itself (the send, the Put, the acquiring call), not its function. */
  readonly node: NodeIndex;
  /** One sentence with the names of the code: what goes wrong, and when. */
  readonly message: string;
  readonly steps: readonly Step[];
  /** How to mend it, one sentence. */
  readonly advice: string;
  /** `safe`: --fix may apply it. Otherwise it is offered as a suggestion (LSP, SARIF). */
  readonly fix?: { readonly title: string; readonly edits: readonly Edit[]; readonly safe: boolean };
}

/** All that a rule may look at. */
export interface Pass {
  readonly pkg: SourcePackage;
  /** The `go` line of the module, [major, minor]; `atLeast(1, 23)` is the usual question. */
  atLeast(major: number, minor: number): boolean;
  readonly tree: Tree;
  readonly bindings: Bindings;
  readonly typing: Typing;
  /** All nodes of a kind, in source order. Made once for all kinds. */
  nodesOf(kind: KindCode): Int32Array;
  /** Graph of a FuncDecl or FuncLit with a body; made when first asked for. */
  flowOf(func: NodeIndex): Flow;
  /** The innermost FuncDecl or FuncLit around a node; 0 at package level. */
  functionAround(node: NodeIndex): NodeIndex;
  /** Whether the node is in a _test.go file. */
  inTest(node: NodeIndex): boolean;
  /** Whether the node is in a generated file: reports there are dropped. */
  inGenerated(node: NodeIndex): boolean;
  /** What an engine worked out for this package; made once. The key is the function that makes it. */
  engine<T>(make: (pass: Pass) => T): T;
  /** Facts that `engine` left for a function of another package; undefined if there are none. `key` is a Callee's. */
  factsOf(engine: string, key: string): unknown;
  /** Leaves facts for a function of this package. */
  leaveFacts(engine: string, key: string, facts: unknown): void;
  report(report: Report): void;
}

export interface Rule {
  /** Final; docs/rules/<id>.md exists. */
  readonly id: string;
  /** One line for --list and SARIF. */
  readonly summary: string;
  /**
   * The package is not looked at unless one of these import paths is imported or one of these kinds of node is there.
   * Absent: always looked at.
   */
  readonly when?: { readonly imports?: readonly string[]; readonly kinds?: readonly KindCode[] };
  check(pass: Pass): void;
}
