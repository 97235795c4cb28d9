import { Kind } from '../../golang/nodes.ts';
import { reportChannels } from '../channels/engine.ts';
import type { Rule } from '../rule.ts';

export const chanSendAbandoned: Rule = {
  id: 'chan-send-abandoned',
  summary: 'a goroutine sends on a channel whose receiver can leave before it receives',
  when: { kinds: [Kind.GoStmt, Kind.SendStmt] },
  check: (pass) => reportChannels(pass, 'chan-send-abandoned'),
};
