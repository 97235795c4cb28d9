/** A detection rule, read from its file: whether it would load says src/guard/ioc; whether a cluster has taken it is for the cluster to say. */
import { readFile } from 'node:fs/promises';
import { checkDetectionRule } from '../../ioc/check/check-rule.ts';
import { type Outcome, passed, refused } from './outcome.ts';

export async function checkDetectionRuleFile(file: string): Promise<Outcome> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch {
    return refused(`there is no rule ${file} that can be read`);
  }
  const { ok, says } = checkDetectionRule(text);
  return ok ? passed(`${file}: ${says}`) : refused(`${file}: ${says}`);
}
