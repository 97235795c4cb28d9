/** Kubernetes objects from plain data: lists are opened, and what is no object is told apart. */
import { isRecord, textOf, type Value } from '../json/values.ts';
import { namespaceOf } from './scope.ts';

export { isRecord as isFields };

type Path = readonly (string | number)[];

export interface FoundObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace: string;
  readonly value: Value;
  /** Where it stands in its document. */
  readonly prefix: Path;
}

/** Lists in lists go no deeper in any output that exists. */
const DEEPEST_LIST = 4;

/** The objects of one document; null where it is something else than Kubernetes'. */
export function objectsOf(value: unknown): FoundObject[] | null {
  const out: FoundObject[] = [];
  // `kubectl get --raw` gives the items of a PodList without their kind.
  const open = (item: unknown, prefix: Path, kindOfItems: string, versionOfItems: string): boolean => {
    if (!isRecord(item)) return false;
    const kind = textOf(item.kind) || kindOfItems;
    const apiVersion = textOf(item.apiVersion) || versionOfItems;
    if (kind === '' || apiVersion === '') return false;
    const { items } = item;
    if (kind.endsWith('List') && Array.isArray(items) && prefix.length < 2 * DEEPEST_LIST) {
      const kindOf = kind.slice(0, -'List'.length);
      items.forEach((each: unknown, i) => {
        open(each, [...prefix, 'items', i], kindOf, kindOf === '' ? '' : apiVersion);
      });
      return true;
    }
    const metadata = isRecord(item.metadata) ? item.metadata : {};
    const name = textOf(metadata.name) || textOf(metadata.generateName);
    const namespace = namespaceOf(kind, textOf(metadata.namespace));
    out.push({ apiVersion, kind, name, namespace, value: item, prefix });
    return true;
  };
  return open(value, [], '', '') ? out : null;
}
