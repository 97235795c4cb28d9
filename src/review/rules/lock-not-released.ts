/** A way out of a function on which a mutex stays locked. */
import { textOf } from '../../golang/tree.ts';
import type { Pass, Report, Rule } from '../rule.ts';
import { lineOf, skipsSwitch, waySteps } from '../typestate/explain.ts';
import { type LockLeak, lockLeaks } from '../typestate/locks.ts';

export const lockNotReleased: Rule = {
  id: 'lock-not-released',
  summary: 'A mutex stays locked on a way out of the function.',
  when: { imports: ['sync'] },
  check(pass) {
    for (const leak of pass.engine(lockLeaks)) pass.report(describe(pass, leak));
  },
};

function describe(pass: Pass, leak: LockLeak): Report {
  const { lock, kind, node } = leak;
  const { mutex, method } = lock;
  const release = method === 'RLock' ? 'RUnlock' : 'Unlock';
  if (kind === 'mismatch') {
    const other = method === 'RLock' ? 'Unlock' : 'RUnlock';
    return {
      confidence: 'high',
      node,
      message: `${mutex} is locked with ${method} and released with ${other}: that is a fatal error when it runs`,
      steps: [
        { node: lock.call, says: `${textOf(pass.tree, lock.call)} takes it` },
        { node, says: `${other} is not the counterpart` },
      ],
      advice: `Release it with ${release}.`,
    };
  }
  const line = lineOf(pass, node);
  const how =
    kind === 'again'
      ? `when the loop comes back to line ${line} and locks it again`
      : `when the function returns on line ${line}`;
  return {
    confidence: skipsSwitch(pass, lock.func, leak.way) ? 'medium' : 'high',
    node: lock.call,
    message: `${mutex} is still locked ${how}: whoever locks it next waits for ever`,
    steps: waySteps(
      pass,
      lock.func,
      leak.way,
      { node: lock.call, says: `${mutex} is locked here` },
      {
        node,
        says: `no ${release} on the way here`,
      },
    ),
    advice: `Defer ${mutex}.${release}() right after it is locked, or unlock on this path, too.`,
  };
}
