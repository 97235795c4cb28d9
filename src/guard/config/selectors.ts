/**
 * Label selectors (k8s.io/apimachinery pkg/apis/meta/v1 LabelSelector): an empty one matches everything; an absent one means
 * whatever its place says, so callers ask for that themselves.
 */
import { listOf, mapOf, stringsOf, textOf, textsOf } from '../json/values.ts';

export type Labels = ReadonlyMap<string, string>;

export interface LabelSelector {
  readonly requirements: readonly Requirement[];
}

interface Requirement {
  readonly key: string;
  readonly operator: string;
  readonly values: ReadonlySet<string>;
}

export function readSelector(value: unknown): LabelSelector {
  const selector = mapOf(value);
  const requirements: Requirement[] = [];
  for (const [key, wanted] of stringsOf(selector.matchLabels)) {
    requirements.push({ key, operator: 'In', values: new Set([wanted]) });
  }
  for (const each of listOf(selector.matchExpressions)) {
    const expression = mapOf(each);
    requirements.push({
      key: textOf(expression.key),
      operator: textOf(expression.operator),
      values: new Set(textsOf(expression.values)),
    });
  }
  return { requirements };
}

/** All requirements hold. An unknown operator matches nothing, as the API server refuses it. */
export function selects(selector: LabelSelector, labels: Labels): boolean {
  return selector.requirements.every(({ key, operator, values }) => {
    const value = labels.get(key);
    switch (operator) {
      case 'In':
        return value !== undefined && values.has(value);
      case 'NotIn':
        return value === undefined || !values.has(value);
      case 'Exists':
        return value !== undefined;
      case 'DoesNotExist':
        return value === undefined;
      default:
        return false;
    }
  });
}
