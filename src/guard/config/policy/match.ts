/** Which objects a ValidatingAdmissionPolicy is about: `matchConstraints` of the policy, `matchResources` of a binding. */
import { isRecord, listOf, mapOf, textOf, textsOf } from '../../json/values.ts';
import type { PolicyObject } from './model.ts';

/** Lower-case plural, as it stands in paths of the API. */
export function resourceOf(kind: string): string {
  const word = kind.toLowerCase();
  if (word === 'endpoints') return word;
  if (/(s|x|ch|sh)$/.test(word)) return `${word}es`;
  return /[^aeiou]y$/.test(word) ? `${word.slice(0, -1)}ies` : `${word}s`;
}

/** Whether creating the object is asked about; `namespaces` are labels by name, where they are known. */
export function isMatched(
  constraints: unknown,
  object: PolicyObject,
  namespaces: ReadonlyMap<string, unknown>,
): boolean | 'unknown' {
  if (!isRecord(constraints)) return true;
  const { resourceRules, excludeResourceRules, objectSelector, namespaceSelector } = constraints;
  if (Array.isArray(resourceRules) && !listOf(resourceRules).some((rule) => ruleMatches(rule, object))) return false;
  if (listOf(excludeResourceRules).some((rule) => ruleMatches(rule, object))) return false;
  if (!selects(objectSelector, mapOf(mapOf(object.value).metadata).labels)) return false;
  if (isEmptySelector(namespaceSelector) || (object.namespace === '' && object.kind !== 'Namespace')) return true;
  if (object.kind === 'Namespace') return selects(namespaceSelector, mapOf(mapOf(object.value).metadata).labels);
  const known = namespaces.get(object.namespace);
  const name = { 'kubernetes.io/metadata.name': object.namespace };
  if (known !== undefined) return selects(namespaceSelector, { ...name, ...mapOf(known) });
  // The one label that every namespace has decides many selectors alone.
  const keys = listOf(mapOf(namespaceSelector).matchExpressions).map((each) => textOf(mapOf(each).key));
  keys.push(...Object.keys(mapOf(mapOf(namespaceSelector).matchLabels)));
  return keys.every((key) => key === 'kubernetes.io/metadata.name') ? selects(namespaceSelector, name) : 'unknown';
}

function isEmptySelector(selector: unknown): boolean {
  const map = mapOf(selector);
  return Object.keys(mapOf(map.matchLabels)).length === 0 && listOf(map.matchExpressions).length === 0;
}

function ruleMatches(rule: unknown, object: PolicyObject): boolean {
  const map = mapOf(rule);
  const slash = object.apiVersion.indexOf('/');
  const group = slash === -1 ? '' : object.apiVersion.slice(0, slash);
  const scope = textOf(map.scope);
  return (
    among(map.apiGroups, group) &&
    among(map.apiVersions, object.apiVersion.slice(slash + 1)) &&
    among(map.operations, 'CREATE') &&
    (among(map.resources, resourceOf(object.kind)) || textsOf(map.resources).includes('*/*')) &&
    (listOf(map.resourceNames).length === 0 || textsOf(map.resourceNames).includes(object.name)) &&
    (scope === '' || scope === '*' || (scope === 'Namespaced') === (object.namespace !== ''))
  );
}

function among(list: unknown, word: string): boolean {
  const words = textsOf(list);
  return words.includes('*') || words.includes(word);
}

/** A label selector (meta/v1). */
export function selects(selector: unknown, labels: unknown): boolean {
  const have = mapOf(labels);
  const map = mapOf(selector);
  if (!Object.entries(mapOf(map.matchLabels)).every(([key, value]) => Object.hasOwn(have, key) && have[key] === value))
    return false;
  return listOf(map.matchExpressions).every((each) => {
    const { key, operator, values } = mapOf(each);
    const name = textOf(key);
    const has = Object.hasOwn(have, name);
    const listed = has && textsOf(values).includes(textOf(have[name]));
    if (operator === 'In') return listed;
    if (operator === 'NotIn') return !listed;
    return operator === 'Exists' ? has : operator === 'DoesNotExist' ? !has : false;
  });
}
