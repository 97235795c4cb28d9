import { Kind } from '../../golang/nodes.ts';
import { reportChannels } from '../channels/engine.ts';
import type { Rule } from '../rule.ts';

export const chanDoubleSend: Rule = {
  id: 'chan-double-send',
  summary: 'a goroutine can send twice where one value is received',
  when: { kinds: [Kind.GoStmt, Kind.SendStmt] },
  check: (pass) => reportChannels(pass, 'chan-double-send'),
};
