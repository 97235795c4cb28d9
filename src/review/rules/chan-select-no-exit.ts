import { Kind } from '../../golang/nodes.ts';
import { reportChannels } from '../channels/engine.ts';
import type { Rule } from '../rule.ts';

export const chanSelectNoExit: Rule = {
  id: 'chan-select-no-exit',
  summary: 'a goroutine waits for ever in a receive or select that nothing ends',
  when: { kinds: [Kind.UnaryExpr, Kind.RangeStmt] },
  check: (pass) => reportChannels(pass, 'chan-select-no-exit'),
};
