/** What is open to the world by HTTP: hosts and paths of Ingresses and Gateways, and whether TLS stands before them. */
import type { Region } from '../../../findings/model.ts';
import { listOf, lookUp, mapOf, stringsOf, textOf, textsOf } from '../../json/values.ts';
import { identityOf } from '../../manifests/identity.ts';
import type { KubeObject } from '../../manifests/manifest.ts';
import { groupOf } from '../pod-templates.ts';

export interface Opening {
  readonly identity: string;
  /** `*` where every host is taken. */
  readonly host: string;
  readonly paths: readonly { readonly path: string; readonly service: string; readonly at: Region | null }[];
  readonly tls: 'none' | 'by-hand' | 'renewed';
  /** The Secret with the certificate; empty where none is named. */
  readonly secret: string;
  readonly at: Region | null;
  readonly namespace: string;
  readonly object: KubeObject;
}

/** cert-manager's: annotations by which it makes the Certificate of an Ingress or Gateway itself. */
const ISSUERS = [
  'cert-manager.io/cluster-issuer',
  'cert-manager.io/issuer',
  'kubernetes.io/tls-acme',
  'certmanager.k8s.io/cluster-issuer',
  'certmanager.k8s.io/issuer',
];

export function openings(objects: readonly KubeObject[]): Opening[] {
  const renewed = new Set<string>();
  for (const object of objects) {
    if (object.kind !== 'Certificate' || groupOf(object.apiVersion) !== 'cert-manager.io') continue;
    renewed.add(`${object.namespace}/${textOf(lookUp(object.value, ['spec', 'secretName']))}`);
  }
  return objects.flatMap((object) => {
    const group = groupOf(object.apiVersion);
    if (object.kind === 'Ingress' && (group === 'networking.k8s.io' || group === 'extensions'))
      return ofIngress(object, renewed);
    if (object.kind === 'Gateway' && group === 'gateway.networking.k8s.io') return ofGateway(object, renewed);
    return [];
  });
}

function isIssued(object: KubeObject): boolean {
  const annotations = stringsOf(lookUp(object.value, ['metadata', 'annotations']));
  return ISSUERS.some((key) => annotations.has(key));
}

function ofIngress(object: KubeObject, renewed: ReadonlySet<string>): Opening[] {
  const tls = listOf(lookUp(object.value, ['spec', 'tls'])).map((value) => ({
    hosts: textsOf(mapOf(value).hosts),
    secret: textOf(mapOf(value).secretName),
  }));
  const issued = isIssued(object);
  const make = (host: string, paths: Opening['paths'], at: Region | null): Opening => {
    // Without hosts a TLS entry is for those that no other names (the default certificate).
    const entry = tls.find(({ hosts }) => hosts.length === 0 || hosts.some((each) => hostFits(each, host)));
    return {
      identity: identityOf(object),
      host,
      paths,
      tls:
        entry === undefined
          ? 'none'
          : entry.secret !== '' && (issued || renewed.has(`${object.namespace}/${entry.secret}`))
            ? 'renewed'
            : 'by-hand',
      secret: entry?.secret ?? '',
      at,
      namespace: object.namespace,
      object,
    };
  };
  const found = listOf(lookUp(object.value, ['spec', 'rules'])).map((value, index) => {
    const rule = mapOf(value);
    const paths = listOf(lookUp(rule, ['http', 'paths'])).map((each, position) => ({
      path: textOf(mapOf(each).path) || '/',
      service: textOf(lookUp(each, ['backend', 'service', 'name'])) || textOf(lookUp(each, ['backend', 'serviceName'])),
      at: object.at(['spec', 'rules', index, 'http', 'paths', position]),
    }));
    return make(textOf(rule.host) || '*', paths, object.at(['spec', 'rules', index]));
  });
  const fallback = lookUp(object.value, ['spec', 'defaultBackend']) ?? lookUp(object.value, ['spec', 'backend']);
  if (fallback !== undefined) {
    const at = object.at(['spec', 'defaultBackend']);
    const service = textOf(lookUp(fallback, ['service', 'name'])) || textOf(mapOf(fallback).serviceName);
    found.push(make('*', [{ path: '/', service, at }], at));
  }
  return found;
}

/** A wildcard stands for one label. */
function hostFits(pattern: string, host: string): boolean {
  if (pattern === host) return true;
  return pattern.startsWith('*.') && host.slice(host.indexOf('.') + 1) === pattern.slice(2) && host.includes('.');
}

function ofGateway(object: KubeObject, renewed: ReadonlySet<string>): Opening[] {
  const issued = isIssued(object);
  return listOf(lookUp(object.value, ['spec', 'listeners'])).flatMap((value, index): Opening[] => {
    const listener = mapOf(value);
    const protocol = textOf(listener.protocol);
    const reference = mapOf(listOf(lookUp(listener, ['tls', 'certificateRefs']))[0]);
    const secret = textOf(reference.name);
    const namespace = textOf(reference.namespace) || object.namespace;
    const through = lookUp(listener, ['tls', 'mode']) === 'Passthrough';
    const safe = protocol === 'HTTPS' || protocol === 'TLS';
    return [
      {
        identity: identityOf(object),
        host: textOf(listener.hostname) || '*',
        paths: [],
        tls: !safe ? 'none' : through || issued || renewed.has(`${namespace}/${secret}`) ? 'renewed' : 'by-hand',
        secret,
        at: object.at(['spec', 'listeners', index]),
        namespace: object.namespace,
        object,
      },
    ];
  });
}
