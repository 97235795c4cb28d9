/** Evaluates ValidatingAdmissionPolicies as the API server would when the objects are created. */
import type { Environment } from '@marcbachmann/cel-js';
import { isRecord, listOf, mapOf, textOf } from '../../json/values.ts';
import { celValue, kubernetesCel } from './kubernetes-cel.ts';
import { isMatched, resourceOf } from './match.ts';
import type { CelPolicy, PolicyAnswer, PolicyObject, Violation } from './model.ts';

type Run = (context: Readonly<Record<string, unknown>>) => unknown;

interface Compiled {
  readonly conditions: readonly { readonly name: string; readonly run: Run }[];
  readonly variables: readonly { readonly name: string; readonly run: Run }[];
  readonly validations: readonly {
    readonly text: string;
    readonly run: Run;
    readonly message: string;
    readonly explain: Run | null;
  }[];
}

/** Failures of one policy that are told one by one. */
const TOLD = 5;

export function runCel(policy: CelPolicy, objects: readonly PolicyObject[]): PolicyAnswer {
  const failures: string[] = [];
  const spec = mapOf(policy.spec);
  const compiled = compile(spec, failures);
  if (compiled === null) return { violations: [], evaluated: 0, failures, notes: [] };
  const violations: Violation[] = [];
  const notes: string[] = [];
  const namespaces = new Map(
    objects
      .filter(({ kind }) => kind === 'Namespace')
      .map(({ name, value }) => [name, mapOf(mapOf(value).metadata).labels]),
  );
  const bindings = policy.bindings.length === 0 ? [{}] : policy.bindings;
  let evaluated = 0;
  let failed = 0;
  objects.forEach((object, index) => {
    const matched = isMatched(spec.matchConstraints, object, namespaces);
    if (matched === false) return;
    for (const binding of bindings) {
      const bound = isMatched(mapOf(binding).matchResources, object, namespaces);
      if (bound === false) continue;
      evaluated++;
      try {
        if (matched === 'unknown' || bound === 'unknown')
          throw new Error(`the labels of namespace ${object.namespace} are not known, which its selector asks for`);
        for (const params of paramsFor(spec, binding, object, [...policy.others, ...objects])) {
          violations.push(...evaluate(compiled, object, index, params, binding, objects));
        }
      } catch (error) {
        failed++;
        if (failed <= TOLD)
          failures.push(
            `could not be evaluated for ${object.kind} ${object.namespace}/${object.name}: ${reasonOf(error)}`,
          );
      }
    }
  });
  if (failed > TOLD) failures.push(`could not be evaluated for ${failed - TOLD} more objects`);
  if (evaluated === 0) notes.push('is about none of the objects that were read');
  return { violations, evaluated, failures, notes };
}

function compile(spec: Readonly<Record<string, unknown>>, failures: string[]): Compiled | null {
  const env = kubernetesCel();
  let fine = true;
  const parse = (text: unknown, what: string): Run => {
    const run = parsed(env, textOf(text));
    if (typeof run === 'string') {
      failures.push(`has ${what} that cannot be evaluated here: ${run}`);
      fine = false;
      return () => undefined;
    }
    return run;
  };
  const named = (list: unknown, what: string): { name: string; run: Run }[] =>
    listOf(list).map((each, i) => {
      const { name, expression } = mapOf(each);
      return { name: textOf(name), run: parse(expression, `${what} ${textOf(name) || i}`) };
    });
  const conditions = named(spec.matchConditions, 'a matchCondition');
  const variables = named(spec.variables, 'a variable');
  const validations = listOf(spec.validations).map((each, i) => {
    const { expression, message, messageExpression } = mapOf(each);
    const text = textOf(expression);
    return {
      text,
      run: parse(expression, `a validation (number ${i + 1})`),
      message: textOf(message),
      explain:
        textOf(messageExpression) === '' ? null : parse(messageExpression, `a messageExpression (number ${i + 1})`),
    };
  });
  if (validations.length === 0) {
    failures.push('has no validations');
    return null;
  }
  return fine ? { conditions, variables, validations } : null;
}

/** What runs the expression, or why it cannot be run. */
function parsed(env: Environment, text: string): Run | string {
  try {
    const run = env.parse(text);
    const { valid, error } = run.check();
    if (!valid) return reasonOf(error);
    return (context) => run({ ...context });
  } catch (error) {
    return reasonOf(error);
  }
}

function evaluate(
  compiled: Compiled,
  object: PolicyObject,
  index: number,
  params: unknown,
  binding: unknown,
  objects: readonly PolicyObject[],
): Violation[] {
  const { conditions, variables, validations } = compiled;
  const context = contextOf(object, params, objects);
  const values = {};
  const whole = { ...context, variables: values };
  for (const { name, run } of variables) {
    let known: { value: unknown } | null = null;
    Object.defineProperty(values, name, {
      enumerable: true,
      get: () => {
        known ??= { value: run(whole) };
        return known.value;
      },
    });
  }
  for (const { name, run } of conditions) {
    const holds = run(context);
    if (typeof holds !== 'boolean') throw new Error(`the matchCondition ${name} gives no bool`);
    if (!holds) return [];
  }
  const actions = listOf(mapOf(binding).validationActions);
  const warns = actions.length > 0 && !actions.includes('Deny');
  return validations.flatMap(({ text, run, message, explain }): Violation[] => {
    const holds = run(whole);
    if (typeof holds !== 'boolean') throw new Error('a validation gives no bool');
    if (holds) return [];
    return [
      {
        object: index,
        says: said(explain, whole) || message || `failed expression: ${text}`,
        path: [],
        operation: text,
        warns,
      },
    ];
  });
}

/** A messageExpression that fails is passed over for the message, as in the API server. */
function said(explain: Run | null, context: Readonly<Record<string, unknown>>): string {
  if (explain === null) return '';
  try {
    const text = explain(context);
    return typeof text === 'string' ? text.trim() : '';
  } catch {
    return '';
  }
}

function contextOf(
  object: PolicyObject,
  params: unknown,
  objects: readonly PolicyObject[],
): Readonly<Record<string, unknown>> {
  const slash = object.apiVersion.indexOf('/');
  const group = slash === -1 ? '' : object.apiVersion.slice(0, slash);
  const version = object.apiVersion.slice(slash + 1);
  const space = objects.find(({ kind, name }) => kind === 'Namespace' && name === object.namespace);
  return {
    object: celValue(object.value),
    oldObject: null,
    params: celValue(params),
    namespaceObject: space === undefined ? null : celValue(space.value),
    request: {
      kind: { group, version, kind: object.kind },
      resource: { group, version, resource: resourceOf(object.kind) },
      name: object.name,
      namespace: object.namespace,
      operation: 'CREATE',
      dryRun: false,
    },
  };
}

/** The parameters of a binding; [null] where the policy takes none. @throws where they are not in what was given */
function paramsFor(
  spec: Readonly<Record<string, unknown>>,
  binding: unknown,
  object: PolicyObject,
  known: readonly PolicyObject[],
): readonly unknown[] {
  if (!isRecord(spec.paramKind)) return [null];
  const { apiVersion, kind } = spec.paramKind;
  const { name, namespace, selector, parameterNotFoundAction } = mapOf(mapOf(binding).paramRef);
  const found = known.filter(
    (each) =>
      each.kind === kind &&
      each.apiVersion === apiVersion &&
      (name === undefined || each.name === name) &&
      (each.namespace === '' || each.namespace === (textOf(namespace) || object.namespace)) &&
      (selector === undefined || isRecord(selector)),
  );
  if (found.length > 0 && selector === undefined) return found.map(({ value }) => value);
  if (parameterNotFoundAction === 'Allow' && selector === undefined) return [];
  throw new Error(`its parameter (${textOf(kind)} ${textOf(name)}) is not among the files`);
}

function reasonOf(error: unknown): string {
  if (typeof error === 'object' && error !== null && 'summary' in error && typeof error.summary === 'string')
    return error.summary;
  return error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
}
