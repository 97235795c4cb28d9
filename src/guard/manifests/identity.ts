/** Names of objects as findings give them. */

import { isRecord, textOf } from '../json/values.ts';
import type { KubeObject } from './manifest.ts';

/** `apps/Deployment/shop/api`, without the version: an upgrade of the API is no other object. Parts that are empty are left out. */
export function identityOf(object: Pick<KubeObject, 'apiVersion' | 'kind' | 'namespace' | 'name'>): string {
  const slash = object.apiVersion.indexOf('/');
  const group = slash === -1 ? '' : object.apiVersion.slice(0, slash);
  return [group, object.kind, object.namespace, object.name].filter((part) => part !== '').join('/');
}

/** The service that an object belongs to: what its labels say, or its own name. */
export function serviceOf(object: Pick<KubeObject, 'value' | 'name'>): string {
  const { metadata } = object.value;
  const labels = isRecord(metadata) && isRecord(metadata.labels) ? metadata.labels : {};
  return textOf(labels['app.kubernetes.io/name']) || textOf(labels.app) || object.name;
}

/** `Deployment shop/api`, for sentences. */
export function titleOf(object: Pick<KubeObject, 'kind' | 'namespace' | 'name'>): string {
  return `${object.kind} ${object.namespace === '' ? '' : `${object.namespace}/`}${object.name}`;
}
