/**
 * What functions do with the resources that they are given, and what they hand out, left for callers in other packages.
 * foreign.ts says how facts look and reads them.
 */
import { ObjectKind } from '../../golang/bindings.ts';
import { Kind } from '../../golang/nodes.ts';
import { type NodeIndex, nameOf } from '../../golang/tree.ts';
import { declaredKey } from '../function-name.ts';
import type { Pass } from '../rule.ts';
import { Effect } from './callees.ts';
import { FACTS_ENGINE, type FunctionFacts, namesKey, type Word } from './foreign.ts';
import { PARAMETERS, type Parameter } from './resources.ts';
import { findSites } from './sites.ts';
import { argumentEffects } from './summaries.ts';

/** An engine: leaves the facts of the package, once. */
export function typestateFacts(pass: Pass): void {
  const { tree, pkg } = pass;
  // Nobody imports a command.
  if (pkg.name === 'main') return;
  const { wrappers } = pass.engine(findSites);
  const names = new Set<string>();
  for (const decl of pass.nodesOf(Kind.FuncDecl)) {
    const name = nameOf(tree, tree.b[decl] ?? 0);
    if (tree.d[decl] === 0 || !/^\p{Lu}/u.test(name) || pass.inTest(decl)) continue;
    const words = wordsOf(pass, decl);
    const wrapper = wrappers.get(decl);
    if (wrapper !== undefined) names.add(name);
    if (wrapper === undefined && words === null) continue;
    const facts: FunctionFacts = {
      ...(wrapper === undefined
        ? {}
        : { gives: { kind: wrapper.kind, result: wrapper.acquire.result, error: wrapper.acquire.error } }),
      ...(words === null ? {} : { parameters: words }),
    };
    pass.leaveFacts(FACTS_ENGINE, declaredKey(tree, pkg.importPath, decl), facts);
  }
  if (names.size > 0) pass.leaveFacts(FACTS_ENGINE, namesKey(pkg.importPath), [...names].sort());
}

/** One word per parameter; null: none says anything. */
function wordsOf(pass: Pass, decl: NodeIndex): readonly Word[] | null {
  const { tree } = pass;
  const words: Word[] = [];
  let says = false;
  for (let field = tree.a[tree.b[tree.c[decl] ?? 0] ?? 0] ?? 0; field !== 0; field = tree.next[field] ?? 0) {
    const parameter = parameterOf(pass, tree.b[field] ?? 0);
    let name = tree.a[field] ?? 0;
    do {
      const word = parameter === null ? '' : wordOf(pass, decl, words.length, parameter);
      says ||= word !== '';
      words.push(word);
      name = tree.next[name] ?? 0;
    } while (name !== 0);
  }
  return says ? words : null;
}

function wordOf(pass: Pass, decl: NodeIndex, index: number, { resource, outer }: Parameter): Word {
  switch (pass.engine(argumentEffects)(resource).ofParameter(decl, index, { outer, derived: false })) {
    case Effect.Releases:
      return 'releases';
    case Effect.Uses:
      return 'uses';
    default:
      return '';
  }
}

/** The row of the table for a type as it is written: `io.Closer`, `*http.Response`. */
function parameterOf(pass: Pass, type: NodeIndex): Parameter | null {
  const { tree, bindings } = pass;
  const named = tree.kind[type] === Kind.StarExpr ? (tree.a[type] ?? 0) : type;
  if (tree.kind[named] !== Kind.SelectorExpr) return null;
  const object = bindings.objectOf[tree.a[named] ?? 0] ?? 0;
  if (bindings.kind[object] !== ObjectKind.PackageName) return null;
  const path = bindings.importPaths[bindings.detail[object] ?? 0] ?? '';
  return PARAMETERS.get(`${path}.${nameOf(tree, tree.b[named] ?? 0)}`) ?? null;
}
