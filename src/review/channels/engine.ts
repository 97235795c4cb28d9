/**
 * The channel engine: what goes on between a function that makes channels and the goroutines that it starts, function by
 * function (search.ts), and what can be said of channels in fields over the package (shared.ts). Rules share one run.
 */
import { Kind } from '../../golang/nodes.ts';
import { unparen } from '../../golang/syntax.ts';
import type { NodeIndex } from '../../golang/tree.ts';
import type { Pass } from '../rule.ts';
import { abandonedAnswers } from './answers.ts';
import { lockedBroadcasts } from './broadcasts.ts';
import { leaveChannelFacts } from './facts.ts';
import type { ChannelRule, Finding } from './finding.ts';
import { endlessGoroutines } from './lifetime.ts';
import { lockedWaits } from './locked.ts';
import { directMakers, handers } from './makers.ts';
import { sharedChannels } from './shared.ts';
import { findingsOf } from './verdict.ts';

/** Reports what the engine found for one rule. */
export function reportChannels(pass: Pass, rule: ChannelRule): void {
  for (const finding of pass.engine(channelFindings)) if (finding.rule === rule) pass.report(finding.report);
}

const ORDER = { high: 0, medium: 1, low: 2 } as const;

function channelFindings(pass: Pass): Finding[] {
  leaveChannelFacts(pass);
  const found: Finding[] = [];
  for (const root of roots(pass)) found.push(...findingsOf(pass, root));
  found.push(
    ...endlessGoroutines(pass),
    ...sharedChannels(pass),
    ...abandonedAnswers(pass),
    ...lockedWaits(pass),
    ...lockedBroadcasts(pass),
  );
  // Several roots may lead to one operation: the surest speaks.
  const chosen = new Map<NodeIndex, Finding>();
  for (const finding of found) {
    const before = chosen.get(finding.report.node);
    if (before === undefined || rank(finding) < rank(before)) chosen.set(finding.report.node, finding);
  }
  return [...chosen.values()];
}

/** The surest first; of those the one told from where the channel is made. */
function rank(finding: Finding): number {
  return ORDER[finding.report.confidence] * 2 + (finding.made ? 0 : 1);
}

/** Functions that make a channel themselves, declare one, or call a function of the package that hands one out. */
function roots(pass: Pass): NodeIndex[] {
  const { tree } = pass;
  const all = new Set(directMakers(pass));
  const { functions, names } = handers(pass);
  if (names.size > 0) {
    for (const call of pass.nodesOf(Kind.CallExpr)) {
      const fun = unparen(tree, tree.a[call] ?? 0);
      const name = tree.kind[fun] === Kind.SelectorExpr ? (tree.b[fun] ?? 0) : fun;
      if (tree.kind[name] !== Kind.Ident || !names.has(tree.data[name] ?? 0)) continue;
      const func = pass.functionAround(call);
      if (func !== 0 && !all.has(func) && functions.has(pass.typing.callee(call)?.decl ?? 0)) all.add(func);
    }
  }
  return [...all].sort((a, b) => a - b);
}
