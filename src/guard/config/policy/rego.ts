/** Runs Rego that was compiled to Wasm (`opa build -t wasm -e NAME/deny`), with the convention of conftest: input is one object. */
import { loadPolicy } from '@open-policy-agent/opa-wasm';
import { isRecord, textOf } from '../../json/values.ts';
import type { PolicyAnswer, PolicyObject, RegoPolicy, Violation } from './model.ts';

/** Pages of 64 KiB. */
const MEMORY = { initial: 16, maximum: 4096 };
const TOLD = 5;

/** Entry points are asked by how they end: `/deny` and `/violation` for each object, `/deny_all` with `{objects: […]}`. */
export async function runRego(policy: RegoPolicy, objects: readonly PolicyObject[]): Promise<PolicyAnswer> {
  const failures: string[] = [];
  const violations: Violation[] = [];
  let evaluated = 0;
  let failed = 0;
  const loaded = await loadPolicy(new Uint8Array(policy.wasm), MEMORY);
  const entries: unknown = loaded.entrypoints;
  const names = isRecord(entries) ? Object.keys(entries) : [];
  const each = names.filter((name) => /(^|\/)(deny|violation)$/.test(name));
  const all = names.filter((name) => /(^|\/)deny_all$/.test(name));
  if (each.length + all.length === 0) {
    const found = names.length === 0 ? '' : ` (it has ${names.join(', ')})`;
    return {
      violations,
      evaluated,
      failures: [`has no entry point that ends in deny, violation or deny_all${found}`],
      notes: [],
    };
  }
  const ask = (name: string, input: unknown, about: string, index: number): void => {
    evaluated++;
    try {
      const answer: unknown = loaded.evaluate(input, name);
      violations.push(...violationsOf(answer, index));
    } catch (error) {
      failed++;
      if (failed <= TOLD) failures.push(`could not be evaluated for ${about}: ${reasonOf(error)}`);
    }
  };
  objects.forEach((object, index) => {
    for (const name of each) ask(name, object.value, `${object.kind} ${object.namespace}/${object.name}`, index);
  });
  for (const name of all) ask(name, { objects: objects.map(({ value }) => value) }, 'all objects', -1);
  if (failed > TOLD) failures.push(`could not be evaluated ${failed - TOLD} more times`);
  return { violations, evaluated, failures, notes: [] };
}

/** `[{result: [message | {msg, path}]}]`; an empty answer is "undefined", which says nothing either way. */
function violationsOf(answer: unknown, object: number): Violation[] {
  if (!Array.isArray(answer) || answer.length === 0) throw new Error('it gives no answer (undefined)');
  return answer.flatMap((set: unknown) => {
    const result: unknown = isRecord(set) ? set.result : undefined;
    if (!Array.isArray(result)) throw new Error('its answer is no set of messages');
    return result.map((item: unknown): Violation => {
      const says = typeof item === 'string' ? item : isRecord(item) ? textOf(item.msg) || textOf(item.message) : '';
      if (says === '') throw new Error('one of its answers has no message (msg)');
      return {
        object: isRecord(item) && typeof item.object === 'number' && object === -1 ? item.object : object,
        says,
        path: pathOf(isRecord(item) ? item.path : undefined),
        operation: says,
        warns: false,
      };
    });
  });
}

/** A list of keys and indices, or `spec.containers.0.image`. */
function pathOf(path: unknown): (string | number)[] {
  const parts: readonly unknown[] = Array.isArray(path)
    ? path
    : typeof path === 'string' && path !== ''
      ? path.split(/[./]/)
      : [];
  return parts.flatMap((part) => {
    if (typeof part === 'number') return [part];
    if (typeof part !== 'string' || part === '') return [];
    return [!Array.isArray(path) && /^\d{1,6}$/.test(part) ? Number(part) : part];
  });
}

/** The library throws texts and plain objects too. */
function reasonOf(error: unknown): string {
  if (typeof error === 'string') return error;
  if (isRecord(error) && typeof error.message === 'string') return error.message;
  return error instanceof Error ? error.message : 'an unknown reason';
}
