/** Whether Falco could load a file of rules: its keys, its conditions, and what these refer to. Pure. */
import { parseDocument } from 'yaml';
import { z } from 'zod';
import { readSettings } from '../../../findings/yaml-file.ts';
import type { RuleCheck } from './check-rule.ts';
import { type FalcoCondition, readCondition } from './falco-condition.ts';

const Text = z.string().min(1);

/** Keys as Falco's own schema of rule files has them. */
const Item = z.strictObject({
  required_engine_version: z.union([Text, z.number()]).optional(),
  required_plugin_versions: z.array(z.unknown()).optional(),
  list: Text.optional(),
  items: z.array(z.union([z.string(), z.number()])).optional(),
  macro: Text.optional(),
  rule: Text.optional(),
  condition: Text.optional(),
  desc: Text.optional(),
  output: Text.optional(),
  priority: z
    .string()
    .regex(/^(emergency|alert|critical|error|warning|notice|info|informational|debug)$/i, {
      error: 'must be a priority of Falco (CRITICAL, WARNING, …)',
    })
    .optional(),
  source: Text.optional(),
  enabled: z.boolean().optional(),
  append: z.boolean().optional(),
  override: z.unknown().optional(),
  exceptions: z.array(z.unknown()).optional(),
  tags: z.array(z.string()).optional(),
  warn_evttypes: z.boolean().optional(),
  'skip-if-unknown-filter': z.boolean().optional(),
  capture: z.boolean().optional(),
  capture_duration: z.number().optional(),
  capture_events: z.number().optional(),
  capture_filesize: z.number().optional(),
});
type Item = z.infer<typeof Item>;
const File = z.array(Item).min(1);

/** First words of fields that Falco and its container and Kubernetes plugins have, for events of syscalls. */
const CLASSES = new Set([
  'evt',
  'syscall',
  'proc',
  'thread',
  'user',
  'group',
  'container',
  'fd',
  'fs',
  'fdlist',
  'span',
  'evtin',
  'k8s',
  'k8smeta',
  'mesos',
]);

export function isFalco(text: string): boolean {
  try {
    const value: unknown = parseDocument(text, { logLevel: 'silent' }).toJS();
    return (
      Array.isArray(value) &&
      value.some(
        (item) => typeof item === 'object' && item !== null && ('rule' in item || 'macro' in item || 'list' in item),
      )
    );
  } catch {
    return false;
  }
}

export function checkFalco(text: string): RuleCheck {
  const read = readSettings(text, File);
  if (!('data' in read)) {
    const [{ line, message }] = read;
    return wrong(`line ${line}: ${message}`);
  }
  const macros = new Set<string>();
  const lists = new Set<string>();
  const elsewhere = new Set<string>();
  let rules = 0;
  for (const item of read.data) {
    if (item.list !== undefined) {
      if (item.items === undefined) return wrong(`the list ${item.list} has no items`);
      lists.add(item.list);
      continue;
    }
    const name = item.rule ?? item.macro;
    if (name === undefined) continue;
    // What only switches on or off a rule of another file needs nothing else.
    if (item.condition === undefined && item.rule !== undefined && item.enabled !== undefined) continue;
    if (item.condition === undefined) return wrong(`${name} has no condition`);
    const condition = readCondition(item.condition);
    if ('says' in condition)
      return wrong(`the condition of ${name} ${condition.says} (character ${condition.offset + 1})`);
    const of = item.source ?? 'syscall';
    const unknown =
      of === 'syscall' ? condition.fields.find((field) => !CLASSES.has(field.split('.')[0] ?? '')) : undefined;
    if (unknown !== undefined) return wrong(`${name} asks for ${unknown}, which is no field of Falco`);
    collect(condition, macros, elsewhere);
    if (item.macro !== undefined) macros.add(item.macro);
    else {
      rules++;
      const lacks = missing(item);
      if (lacks !== '') return wrong(`the rule ${name} has no ${lacks}`);
    }
  }
  if (rules === 0) return wrong('it has no rule that detects anything');
  const from =
    elsewhere.size === 0 ? '' : `; it takes ${[...elsewhere].join(', ')} from rules that have to be loaded before`;
  return {
    ok: true,
    says: `${rules} Falco ${rules === 1 ? 'rule' : 'rules'}, read after Falco's grammar (Falco itself was not run)${from}`,
  };
}

/** A macro can only use those before it. */
function collect(condition: FalcoCondition, macros: ReadonlySet<string>, elsewhere: Set<string>): void {
  for (const name of condition.macros) if (!macros.has(name)) elsewhere.add(name);
}

function missing(item: Item): string {
  if (item.append === true || item.override !== undefined) return '';
  return (['desc', 'output', 'priority'] as const).find((key) => item[key] === undefined) ?? '';
}

function wrong(says: string): RuleCheck {
  return { ok: false, says: `Falco would not load it: ${says}` };
}
