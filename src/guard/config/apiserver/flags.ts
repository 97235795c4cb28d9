/**
 * The command line of kube-apiserver, wherever it stands: the static pod or another workload that runs it, or the extraArgs of a
 * kubeadm ClusterConfiguration (v1beta3: a map; v1beta4: a list of name and value).
 */
import type { Region } from '../../../findings/model.ts';
import { listOf, lookUp, mapOf, textOf, textsOf } from '../../json/values.ts';
import { identityOf } from '../../manifests/identity.ts';
import type { KubeObject } from '../../manifests/manifest.ts';
import { podMaker } from '../pod-templates.ts';

export interface Flag {
  /** Without dashes. */
  readonly name: string;
  readonly value: string;
  readonly at: Region | null;
}

export interface ApiServer {
  /** Of the object and container. */
  readonly identity: string;
  readonly flags: readonly Flag[];
  /** Where a flag that is missing would stand. */
  readonly at: Region | null;
  /** Whether these are all flags: kubeadm adds its own to extraArgs. */
  readonly whole: boolean;
  readonly object: KubeObject;
}

export function apiServers(objects: readonly KubeObject[]): ApiServer[] {
  return objects.flatMap((object) => [...inWorkload(object), ...inKubeadm(object)]);
}

function inWorkload(object: KubeObject): ApiServer[] {
  const maker = podMaker(object);
  if (maker === null) return [];
  return listOf(maker.spec.containers).flatMap((value, index): ApiServer[] => {
    const container = mapOf(value);
    const base = [...maker.specPath, 'containers', index];
    const words: { text: string; path: (string | number)[] }[] = [];
    for (const key of ['command', 'args']) {
      for (const [position, text] of textsOf(container[key]).entries()) {
        words.push({ text, path: [...base, key, position] });
      }
    }
    const named = words.some(({ text }) => /(?:^|\/)kube-apiserver$/.test(text));
    if (!named && !/(?:^|\/)kube-apiserver(?:[:@]|$)/.test(textOf(container.image))) return [];
    return [
      {
        identity: `${identityOf(object)}#container/${textOf(container.name)}`,
        flags: readWords(words, object),
        at: object.at([...base, words.some(({ path }) => path.includes('args')) ? 'args' : 'command']),
        whole: true,
        object,
      },
    ];
  });
}

/** `--name=value`, `--name value` and `--name`, as pflag reads them. */
function readWords(words: readonly { text: string; path: (string | number)[] }[], object: KubeObject): Flag[] {
  const flags: Flag[] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i];
    const match = /^--?([a-z0-9][a-z0-9-]*)(?:=([\s\S]*))?$/.exec(word?.text ?? '');
    if (word === undefined || match === null) continue;
    let value = match[2];
    const next = words[i + 1];
    if (value === undefined && next !== undefined && !next.text.startsWith('-') && !BOOLEAN.has(match[1] ?? '')) {
      value = next.text;
      i++;
    }
    flags.push({ name: match[1] ?? '', value: value ?? 'true', at: object.at(word.path) });
  }
  return flags;
}

/** Flags that take no second word. */
const BOOLEAN = new Set(['anonymous-auth', 'profiling', 'service-account-lookup', 'allow-privileged']);

function inKubeadm(object: KubeObject): ApiServer[] {
  if (object.kind !== 'ClusterConfiguration' || !object.apiVersion.startsWith('kubeadm.k8s.io/')) return [];
  const extra = lookUp(object.value, ['apiServer', 'extraArgs']);
  const flags: Flag[] = [];
  if (Array.isArray(extra)) {
    for (const [index, value] of extra.entries()) {
      const each = mapOf(value);
      const path = ['apiServer', 'extraArgs', index];
      flags.push({ name: textOf(each.name), value: textOf(each.value), at: object.at(path) });
    }
  } else {
    for (const [name, value] of Object.entries(mapOf(extra))) {
      flags.push({ name, value: String(value), at: object.at(['apiServer', 'extraArgs', name]) });
    }
  }
  return [
    {
      identity: `kubeadm/ClusterConfiguration/${object.name}`,
      flags,
      at: object.at(['apiServer', 'extraArgs']),
      whole: false,
      object,
    },
  ];
}

/** The flag as it counts: the last one where it is given more than once; `more` for those that add up. */
export function flagOf(server: ApiServer, name: string): Flag | null {
  return server.flags.findLast((flag) => flag.name === name) ?? null;
}

/** `a,b` in one or several flags. */
export function listFlag(
  server: ApiServer,
  name: string,
): { readonly values: readonly string[]; readonly at: Region | null } {
  const given = server.flags.filter((flag) => flag.name === name);
  const values = given.flatMap(({ value }) => value.split(',').map((each) => each.trim()));
  return { values: values.filter((each) => each !== ''), at: given.at(-1)?.at ?? null };
}
