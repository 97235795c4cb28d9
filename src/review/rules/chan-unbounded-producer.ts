import { Kind } from '../../golang/nodes.ts';
import { reportChannels } from '../channels/engine.ts';
import type { Rule } from '../rule.ts';

export const chanUnboundedProducer: Rule = {
  id: 'chan-unbounded-producer',
  summary: 'a loop sends on a channel without a way out when its receiver leaves',
  when: { kinds: [Kind.GoStmt, Kind.SendStmt] },
  check: (pass) => reportChannels(pass, 'chan-unbounded-producer'),
};
