import { Kind } from '../../golang/nodes.ts';
import { reportChannels } from '../channels/engine.ts';
import type { Rule } from '../rule.ts';

export const chanFirstWins: Rule = {
  id: 'chan-first-wins',
  summary: 'several goroutines send on a channel, and fewer values are received',
  when: { kinds: [Kind.GoStmt, Kind.SendStmt] },
  check: (pass) => reportChannels(pass, 'chan-first-wins'),
};
