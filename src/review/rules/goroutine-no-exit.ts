import { Kind } from '../../golang/nodes.ts';
import { reportChannels } from '../channels/engine.ts';
import type { Rule } from '../rule.ts';

export const goroutineNoExit: Rule = {
  id: 'goroutine-no-exit',
  summary: 'a goroutine whose code has no way out',
  when: { kinds: [Kind.GoStmt] },
  check: (pass) => reportChannels(pass, 'goroutine-no-exit'),
};
