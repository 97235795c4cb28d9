/**
 * Whether a detection rule would load: Falco rules, a ValidatingAdmissionPolicy, a NetworkPolicy. Pure; nothing is asked but the
 * text. Falco itself is not run: its file is read after the grammar that its engine documents.
 */

import type { KubeObject } from '../../manifests/manifest.ts';
import { parseManifests } from '../../manifests/parse.ts';
import { checkFalco, isFalco } from './falco-file.ts';
import { checkNetworkPolicy, checkPolicy } from './kubernetes.ts';

export interface RuleCheck {
  readonly ok: boolean;
  /** One sentence: what was read, or the first thing that is wrong with it and where. */
  readonly says: string;
}

/** Rules are kilobytes; anything near this is another file. */
const LARGEST = 1024 * 1024;

export function checkDetectionRule(text: string): RuleCheck {
  if (text.length > LARGEST)
    return { ok: false, says: `it has ${text.length} characters, which no detection rule has` };
  if (text.trim() === '') return { ok: false, says: 'it is empty' };
  if (isFalco(text)) return checkFalco(text);
  const { objects, broken, others } = parseManifests('the rule', text);
  const [first] = broken;
  if (first !== undefined) return { ok: false, says: `it cannot be read: ${first.says}` };
  if (objects.length === 0 || others > 0)
    return {
      ok: false,
      says: 'it is no detection rule that is known here: Falco rules, a ValidatingAdmissionPolicy with its binding, or a NetworkPolicy',
    };
  const checks = objects.map((object) => checkObject(object, objects));
  const wrong = checks.find(({ ok }) => !ok);
  if (wrong !== undefined) return wrong;
  return { ok: true, says: [...new Set(checks.map(({ says }) => says).filter((says) => says !== ''))].join('; ') };
}

function checkObject(object: KubeObject, all: readonly KubeObject[]): RuleCheck {
  switch (object.kind) {
    case 'ValidatingAdmissionPolicy':
      return checkPolicy(object, all);
    case 'ValidatingAdmissionPolicyBinding':
      // A policy without its binding refuses nothing; with it, it is looked at there.
      return all.some(({ kind }) => kind === 'ValidatingAdmissionPolicy')
        ? { ok: true, says: '' }
        : { ok: false, says: `the binding ${object.name} comes without its policy` };
    case 'NetworkPolicy':
      return checkNetworkPolicy(object);
    default:
      return { ok: false, says: `${object.kind} ${object.name} is no detection rule` };
  }
}
