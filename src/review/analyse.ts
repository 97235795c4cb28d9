/** One package, from bytes to reports, in this thread. Nothing of it is kept but what is returned. */
import type { SourcePackage } from '../golang/module.ts';
import { fileAt, type Tree } from '../golang/tree.ts';
import { type DeclarationsDigest, declarationsDigest } from './declarations.ts';
import { FactCollector, type FactView, type PackageFacts } from './facts.ts';
import type { FrontEnd } from './front-end.ts';
import { declaredKey } from './function-name.ts';
import { createPass } from './pass.ts';
import { createResolver } from './resolve.ts';
import type { FileComment, FileProblem, FileReport } from './result.ts';
import type { Pass, Report, Rule } from './rule.ts';

/** A file's bytes as they are reviewed: from disk, or from an editor. */
export interface FileSource {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** Plain data: it goes between threads and into the cache. */
export interface PackageResult {
  readonly reports: readonly FileReport[];
  readonly problems: readonly FileProblem[];
  readonly comments: readonly FileComment[];
  readonly notes: readonly string[];
  readonly facts: PackageFacts;
  readonly declarations: DeclarationsDigest;
  /** Whether every rule ran to its end: only then may the answer be remembered. */
  readonly complete: boolean;
}

/** Thrown where a package's time is up; caught here. */
class TimeUp extends Error {
  override readonly message = 'its time is up';
}

/**
 * @param sources the package's files, read; those that could not be are left out and noted by the caller.
 * @param milliseconds how long the rules may take; the rest is noted.
 */
export function analysePackage(
  frontEnd: FrontEnd,
  pkg: SourcePackage,
  sources: readonly FileSource[],
  rules: readonly Rule[],
  facts: FactView,
  milliseconds = Number.POSITIVE_INFINITY,
): PackageResult {
  const deadline = performance.now() + milliseconds;
  const checkTime = (): void => {
    if (performance.now() > deadline) throw new TimeUp();
  };
  const left = new FactCollector();
  const leaveFacts = (engine: string, key: string, value: unknown): void => left.leave(engine, key, value);
  const notes: string[] = [];
  let complete = true;

  const { tree, bindings, typing, flows } = frontEnd.open(pkg, sources, (key) => facts.of('flow', key));
  const resolver = createResolver(tree, pkg);
  const reports: FileReport[] = [];
  let running = '';
  const pass: Pass = createPass({
    pkg,
    tree,
    bindings,
    typing,
    buildFlow: flows.flowOf,
    facts,
    leaveFacts,
    checkTime,
    report(report) {
      if (droppable(tree, report)) return;
      reports.push(resolver.report(pass, running, report));
    },
  });
  const step = (name: string, run: () => void): void => {
    try {
      run();
    } catch (error) {
      complete = false;
      if (error instanceof TimeUp) {
        notes.push(`${pkg.importPath}: ${name} was given up after ${(milliseconds / 1000).toFixed(0)} s.`);
      } else {
        const reason = error instanceof Error ? error.message : String(error);
        notes.push(`${pkg.importPath}: ${name} failed (${reason}) and reported nothing more; please report this.`);
      }
    }
  };
  step('the search for functions that never return', () => {
    for (const [decl, exit] of flows.noReturns()) leaveFacts('flow', declaredKey(tree, pkg.importPath, decl), exit);
  });
  const imports = new Set([...pkg.imports, ...bindings.importPaths]);
  for (const rule of rules) {
    running = rule.id;
    step(`rule ${rule.id}`, () => {
      if (applies(rule, imports, pass)) rule.check(pass);
    });
  }
  return {
    reports: inOrder(reports),
    problems: resolver.problems(),
    comments: resolver.comments(),
    notes,
    facts: left.finish(),
    declarations: declarationsDigest(tree),
    complete,
  };
}

/** Generated code is its generator's affair. */
function droppable(tree: Tree, report: Report): boolean {
  return fileAt(tree, tree.start[report.node] ?? 0).generated;
}

function applies(rule: Rule, imports: ReadonlySet<string>, pass: Pass): boolean {
  const when = rule.when;
  if (when === undefined || (when.imports === undefined && when.kinds === undefined)) return true;
  if (when.imports?.some((path) => imports.has(path))) return true;
  return when.kinds?.some((kind) => pass.nodesOf(kind).length > 0) ?? false;
}

/** By path, offset, rule, message; the same said twice is said once. */
function inOrder(reports: FileReport[]): FileReport[] {
  reports.sort(
    (a, b) =>
      compare(a.path, b.path) ||
      a.start - b.start ||
      compare(a.rule, b.rule) ||
      a.end - b.end ||
      compare(a.message, b.message),
  );
  return reports.filter((report, index) => {
    const before = reports[index - 1];
    return (
      before === undefined ||
      before.path !== report.path ||
      before.start !== report.start ||
      before.rule !== report.rule ||
      before.message !== report.message
    );
  });
}

/** By code units: the same everywhere, whatever the locale. */
export function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
