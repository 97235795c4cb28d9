/**
 * Output of Inspektor Gadget, as `ig run` and `kubectl gadget run` print it:
 *
 *   advise_seccomp       `// CONTAINER` and a seccomp profile as indented JSON, for each container. The profile allows what was
 *                        seen; a seccomp profile without that line is somebody's policy, not an observation.
 *   traceloop -o json    one object per event (also jsonpretty): `syscall`, `timestamp`, and where it happened:
 *                        k8s {namespace, podName, containerName, owner}, runtime {containerId, containerImageName, …Digest}
 *
 * Fields: inspektor-gadget gadgets/advise_seccomp/go/program.go, gadgets/traceloop/gadget.yaml, pkg/types/types.go.
 */
import { z } from 'zod';
import { EvidenceError } from '../../error.ts';
import { imageName } from '../containers.ts';
import { importedIdentity, SetBuilder, syscallName } from './collect.ts';
import type { ImportedSet } from './set.ts';

const FORMAT = 'inspektor-gadget output';
/** Containers of one node, a hundred times over. */
const MAX_SETS = 20_000;
/** Longer than any container's name. */
const MAX_NAME = 256;

const PROFILE = z.object({
  defaultAction: z.string(),
  syscalls: z.array(z.object({ names: z.array(z.string()), action: z.string() })).nullish(),
});

const COMMENT = /^\/\/ ?(.*)$/;

export function isAdvice(text: string): boolean {
  return /^\s*\/\/ ?[^\n]*\n\s*\{/.test(text);
}

/** @throws EvidenceError with the line */
export function readAdvice(text: string, what: string): ImportedSet[] {
  const sets: ImportedSet[] = [];
  const lines = text.split('\n');
  for (let at = 0; at < lines.length; ) {
    const comment = COMMENT.exec(lines[at] ?? '');
    if (comment === null) {
      if ((lines[at] ?? '').trim() !== '')
        throw new EvidenceError(FORMAT, `${what} line ${at + 1} is not the name of a container (// NAME)`);
      at++;
      continue;
    }
    const begin = ++at;
    while (at < lines.length && !COMMENT.test(lines[at] ?? '')) at++;
    const json = lines.slice(begin, at).join('\n').trim();
    // The gadget was stopped before the container's profile.
    if (json === '') continue;
    const parsed = PROFILE.safeParse(jsonOf(json));
    if (!parsed.success)
      throw new EvidenceError(FORMAT, `${what} has no seccomp profile in lines ${begin + 1} to ${at}`);
    const set = new SetBuilder({
      container: importedIdentity({ name: (comment[1] ?? '').trim().slice(0, MAX_NAME) }),
      workload: '',
      tool: 'inspektor-gadget advise_seccomp',
      fromStart: null,
    });
    for (const { names, action } of parsed.data.syscalls ?? [])
      if (action === 'SCMP_ACT_ALLOW') for (const name of names) set.add(name, adviceName);
    set.note('the file does not tell image and pod: the set is of any container of that name');
    if (sets.length >= MAX_SETS) throw tooMany(what);
    sets.push(set.build());
  }
  return withSyscalls(sets, what);
}

/** Numbers without a name are `unknown_syscall_500`; `syscall_1f4` (hexadecimal) before version 0.40. */
function adviceName(word: string): string | null {
  const hexadecimal = /^syscall_([0-9a-f]{1,4})$/.exec(word)?.[1];
  if (hexadecimal !== undefined) return `syscall_${Number.parseInt(hexadecimal, 16)}`;
  const decimal = /^unknown_syscall_(\d{1,5})$/.exec(word)?.[1];
  return decimal === undefined ? syscallName(word) : `syscall_${Number(decimal)}`;
}

const name = z.string().max(4096).catch('');
const EVENT = z.object({
  syscall: z.string(),
  /** audit_seccomp: what the profile did. */
  code: z.unknown().optional(),
  timestamp: z.string().max(64).catch(''),
  k8s: z
    .object({
      namespace: name,
      podName: name,
      containerName: name,
      owner: z.object({ kind: name, name: name }).partial().catch({}),
    })
    .partial()
    .catch({}),
  runtime: z
    .object({ containerId: name, containerName: name, containerImageName: name, containerImageDigest: name })
    .partial()
    .catch({}),
});
type Event = z.infer<typeof EVENT>;

/** True for an object that is an event of one of its gadgets. */
export function isEvent(value: unknown): boolean {
  return z
    .object({ k8s: z.object({}) })
    .or(z.object({ runtime: z.object({}) }))
    .safeParse(value).success;
}

/**
 * @param values events in the order of the file
 * @throws EvidenceError where they are of a gadget that tells no calls
 */
export function readEvents(values: readonly unknown[], what: string): ImportedSet[] {
  const sets = new Map<string, SetBuilder>();
  let without = 0;
  for (const value of values) {
    const parsed = EVENT.safeParse(value);
    if (!parsed.success) {
      without++;
      continue;
    }
    const event = parsed.data;
    if (event.code !== undefined)
      throw new EvidenceError(
        FORMAT,
        `${what} is of audit_seccomp: calls that a profile refused or logged are not what belongs to a container; use advise_seccomp or traceloop`,
      );
    const key = keyOf(event);
    let set = sets.get(key);
    if (set === undefined) {
      if (sets.size >= MAX_SETS) throw tooMany(what);
      set = setOf(event);
      sets.set(key, set);
    }
    set.add(event.syscall);
    set.seenAt(Date.parse(event.timestamp));
  }
  if (sets.size === 0)
    throw new EvidenceError(
      FORMAT,
      `${what} has no event with a syscall: use the output of the gadgets advise_seccomp or traceloop -o json`,
    );
  const built = [...sets.values()].map((set) => set.build());
  const left = `${without} events without a syscall were left out`;
  return withSyscalls(without === 0 ? built : built.map((set) => ({ ...set, notes: [...set.notes, left] })), what);
}

function keyOf({ k8s, runtime }: Event): string {
  const { containerId = '', containerName = '' } = runtime;
  if (containerId !== '') return containerId;
  return [k8s.namespace, k8s.podName, k8s.containerName, containerName].join('\0');
}

function setOf({ k8s, runtime }: Event): SetBuilder {
  const { kind = '', name: owner = '' } = k8s.owner ?? {};
  const digest = runtime.containerImageDigest ?? '';
  const set = new SetBuilder({
    container: importedIdentity({
      id: runtime.containerId ?? '',
      name: k8s.containerName || runtime.containerName || '',
      pod: k8s.podName ?? '',
      namespace: k8s.namespace ?? '',
      image: imageName(runtime.containerImageName ?? ''),
      digest: /^sha256:[0-9a-f]{64}$/.test(digest) ? digest : '',
    }),
    workload: kind === '' || owner === '' ? '' : `${kind}/${owner}`,
    tool: 'inspektor-gadget traceloop',
    fromStart: false,
  });
  set.note('traceloop keeps the last calls of each processor only: earlier ones are not in the set');
  return set;
}

function withSyscalls(sets: readonly ImportedSet[], what: string): ImportedSet[] {
  const seen = sets.filter((set) => set.syscalls.length > 0);
  if (seen.length === 0) throw new EvidenceError(FORMAT, `${what} names no system call`);
  return seen;
}

function tooMany(what: string): EvidenceError {
  return new EvidenceError(FORMAT, `${what} has more than ${MAX_SETS} containers`);
}

function jsonOf(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return null;
  }
}
