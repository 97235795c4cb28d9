/**
 * A detection rule that loads: Falco rules, a ValidatingAdmissionPolicy (its CEL compiles) or a NetworkPolicy. Whether a cluster has
 * taken it is for the cluster to say; whether it could is checked here. Pure, but for the file.
 */
import { readFile } from 'node:fs/promises';
import { parseAllDocuments } from 'yaml';
import { kubernetesCel } from '../../config/policy/kubernetes-cel.ts';
import { messageOf } from '../../error.ts';
import { isRecord, listOf, mapOf, textOf } from '../../json/values.ts';
import { type Outcome, passed, refused } from './outcome.ts';

const MOST_TEXT = 4 * 1024 * 1024;

/** Made when it is first needed, and the same for all: it only parses here. */
let cel: ReturnType<typeof kubernetesCel> | null = null;

export async function checkDetectionRuleFile(file: string): Promise<Outcome> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch {
    return refused(`there is no rule ${file} that can be read`);
  }
  return checkDetectionRule(text, file);
}

/** @param shown the file's name in sentences */
export function checkDetectionRule(text: string, shown: string): Outcome {
  if (text.length > MOST_TEXT) return refused(`${shown} is larger than ${MOST_TEXT / 1024 / 1024} MiB`);
  const documents = parseAllDocuments(text, { prettyErrors: false, logLevel: 'error' });
  const found: string[] = [];
  for (const document of Array.isArray(documents) ? documents : []) {
    const [error] = document.errors;
    if (error !== undefined) return refused(`${shown} is no YAML: ${error.message.split('\n')[0] ?? ''}`);
    let value: unknown;
    try {
      value = document.toJS();
    } catch {
      return refused(`${shown} refers to itself too often (aliases)`);
    }
    if (value === null || value === undefined) continue;
    const rule = Array.isArray(value) ? falco(value) : kubernetes(value);
    if (typeof rule === 'string') return refused(`${shown}: ${rule}`);
    found.push(...rule.names);
  }
  return found.length === 0
    ? refused(`${shown} has no rule in it: give Falco rules, a ValidatingAdmissionPolicy or a NetworkPolicy`)
    : passed(
        `${shown} loads: ${found.slice(0, 5).join(', ')}${found.length > 5 ? ` and ${found.length - 5} more` : ''}`,
      );
}

interface Rules {
  readonly names: readonly string[];
}

/** falco.org/docs/reference/rules: what a rule must have. Macros, lists and version lines only serve rules. */
function falco(items: readonly unknown[]): Rules | string {
  const names: string[] = [];
  for (const item of items) {
    if (!isRecord(item)) return 'an item of the list is no Falco rule';
    if (item.rule === undefined) {
      if (['macro', 'list', 'required_engine_version', 'required_plugin_versions'].some((key) => key in item)) continue;
      return 'an item of the list is no Falco rule, macro or list';
    }
    const name = textOf(item.rule);
    const lacks = ['condition', 'output', 'priority', 'desc'].filter((key) => textOf(item[key]).trim() === '');
    if (name === '') return 'a Falco rule has no name';
    // A rule that is appended to or switched off is none that detects.
    if (item.enabled === false) return `the Falco rule ${name} is switched off (enabled: false)`;
    if (lacks.length > 0) return `the Falco rule ${name} has no ${lacks.join(', ')}`;
    const broken = unbalanced(textOf(item.condition));
    if (broken !== '') return `the condition of the Falco rule ${name} ${broken}`;
    names.push(`Falco rule ${name}`);
  }
  return { names };
}

/** What can be said of a condition without Falco's parser. */
function unbalanced(condition: string): string {
  const bare = condition.replace(/"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'/g, '');
  let depth = 0;
  for (const char of bare) {
    if (char === '(') depth++;
    if (char === ')') depth--;
    if (depth < 0) return 'closes a parenthesis that is not open';
  }
  if (depth > 0) return 'leaves a parenthesis open';
  if (/["']/.test(bare)) return 'leaves a text open';
  if (/(^|\s)(and|or|not)\s*$/.test(bare) || /^\s*(and|or)(\s|$)/.test(bare))
    return 'ends or begins with and, or or not';
  return '';
}

function kubernetes(value: unknown): Rules | string {
  const object = mapOf(value);
  const kind = textOf(object.kind);
  const version = textOf(object.apiVersion);
  const name = textOf(mapOf(object.metadata).name);
  const spec = mapOf(object.spec);
  if (kind === 'ValidatingAdmissionPolicyBinding' && version.startsWith('admissionregistration.k8s.io/'))
    return { names: [] };
  if (name === '') return `the ${kind === '' ? 'document' : kind} has no name`;
  if (kind === 'NetworkPolicy' && version === 'networking.k8s.io/v1')
    return isRecord(spec.podSelector)
      ? { names: [`NetworkPolicy ${name}`] }
      : `NetworkPolicy ${name} has no spec.podSelector`;
  if (kind !== 'ValidatingAdmissionPolicy' || !version.startsWith('admissionregistration.k8s.io/'))
    return `${kind === '' ? 'a document' : `${version} ${kind}`} is no detection rule: give Falco rules, a ValidatingAdmissionPolicy or a NetworkPolicy`;
  const expressions = [
    ...listOf(spec.matchConditions).map((each) => textOf(mapOf(each).expression)),
    ...listOf(spec.variables).map((each) => textOf(mapOf(each).expression)),
    ...listOf(spec.validations).map((each) => textOf(mapOf(each).expression)),
  ];
  if (listOf(spec.validations).length === 0) return `ValidatingAdmissionPolicy ${name} has no validations`;
  cel ??= kubernetesCel();
  for (const expression of expressions) {
    try {
      cel.parse(expression);
    } catch (error) {
      return `ValidatingAdmissionPolicy ${name} does not compile: ${messageOf(error).split('\n')[0] ?? ''}`;
    }
  }
  return { names: [`ValidatingAdmissionPolicy ${name}`] };
}
