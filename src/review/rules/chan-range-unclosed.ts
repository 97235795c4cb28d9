import { Kind } from '../../golang/nodes.ts';
import { reportChannels } from '../channels/engine.ts';
import type { Rule } from '../rule.ts';

export const chanRangeUnclosed: Rule = {
  id: 'chan-range-unclosed',
  summary: 'a loop over a channel that nobody closes on some path',
  when: { kinds: [Kind.GoStmt, Kind.RangeStmt] },
  check: (pass) => reportChannels(pass, 'chan-range-unclosed'),
};
