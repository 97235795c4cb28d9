/** Which findings can be fixed in their files without a question, and how. Nothing is written here. */
import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Finding } from '../../../findings/model.ts';
import { isRecord, textOf } from '../../json/values.ts';
import { identityOf } from '../../manifests/identity.ts';
import type { KubeObject } from '../../manifests/manifest.ts';
import { decodeText } from '../../manifests/parse.ts';
import { quantityOf } from '../../manifests/quantity.ts';
import { splitStream } from '../../manifests/split.ts';
import { SAW_NO_WRITE } from '../workload/confinement.ts';
import { type Container, fieldsAt, type Path, type PodSpec, podOf } from '../workload/pod.ts';
import { ESCALATION, GOMEMLIMIT, ROOT_WRITABLE, SECCOMP } from '../workload/rules.ts';
import { type Change, Pieces } from './pieces.ts';
import { setValue } from './set-value.ts';

type Value = string | boolean;

/** One value that a fix sets. */
interface Wanted {
  readonly finding: Finding;
  readonly object: KubeObject;
  readonly path: Path;
  readonly value: Value;
}

/** What becomes of one file; offsets of edits are bytes, as in the fixes of source review. */
export interface ConfigFilePlan {
  readonly path: string;
  readonly before: Uint8Array;
  readonly after: Uint8Array;
  readonly edits: readonly { readonly start: number; readonly end: number; readonly text: string }[];
  /** As it was when it was read: ms since 1970. */
  readonly modified: number;
}

export interface ConfigFixPlan {
  readonly files: readonly ConfigFilePlan[];
  readonly fixed: readonly Finding[];
  readonly skipped: readonly { readonly finding: Finding; readonly why: string }[];
}

/** The value that makes a finding go away and nothing else; null where somebody has to think. */
function wantedOf(finding: Finding, pod: PodSpec, container: Container | null): { path: Path; value: Value } | null {
  const own = container === null ? [] : [...container.path, 'securityContext'];
  const context = container === null ? null : fieldsAt(container.value, ['securityContext']);
  switch (finding.rule) {
    case ESCALATION.id:
      // Where somebody asked for it, or SYS_ADMIN needs it, the API server or the program would refuse.
      if (container === null || context?.allowPrivilegeEscalation === true || addsSysAdmin(context)) return null;
      return { path: [...own, 'allowPrivilegeEscalation'], value: false };
    case SECCOMP.id:
      return { path: [...pod.path, 'securityContext', 'seccompProfile', 'type'], value: 'RuntimeDefault' };
    case ROOT_WRITABLE.id:
      // Only where the baseline saw no write.
      return container === null || finding.fix?.text !== SAW_NO_WRITE
        ? null
        : { path: [...own, 'readOnlyRootFilesystem'], value: true };
    case GOMEMLIMIT.id:
      return container === null ? null : memoryLimit(container);
    default:
      return null;
  }
}

function addsSysAdmin(context: Readonly<Record<string, unknown>> | null): boolean {
  const add: unknown = context === null ? undefined : fieldsAt(context, ['capabilities'])?.add;
  return Array.isArray(add) && add.some((name) => /^(CAP_)?(SYS_ADMIN|ALL)$/i.test(String(name)));
}

/** 90 % of the limit, in whole MiB. */
function memoryLimit(container: Container): { path: Path; value: string } | null {
  const limit = quantityOf(fieldsAt(container.value, ['resources', 'limits'])?.memory);
  const env: readonly unknown[] = Array.isArray(container.value.env) ? container.value.env : [];
  const index = env.findIndex((each) => isRecord(each) && each.name === 'GOMEMLIMIT' && textOf(each.value) !== '');
  const mebibytes = Math.floor(((limit ?? 0) * 0.9) / 2 ** 20);
  return index === -1 || mebibytes < 1
    ? null
    : { path: [...container.path, 'env', index, 'value'], value: `${mebibytes}MiB` };
}

/** Of `findings`, those that can be fixed safely in files that were read below `cwd`. */
export async function planConfigFixes(
  findings: readonly Finding[],
  objects: readonly KubeObject[],
  cwd: string,
): Promise<ConfigFixPlan> {
  const byFile = new Map<string, Wanted[]>();
  for (const finding of findings) {
    if (finding.verdict === 'cleared') continue;
    const [identity, name] = finding.subject.instance.split('#container/');
    for (const object of objects) {
      if (object.source === undefined || identityOf(object) !== identity || object.source.file !== finding.region?.file)
        continue;
      const pod = podOf(object);
      const container = pod?.containers.find((each) => each.name === name) ?? null;
      const wanted = pod === null ? null : wantedOf(finding, pod, container);
      if (wanted === null) continue;
      const list = byFile.get(object.source.file) ?? [];
      list.push({ finding, object, path: [...object.source.prefix, ...wanted.path], value: wanted.value });
      byFile.set(object.source.file, list);
      break;
    }
  }
  const files: ConfigFilePlan[] = [];
  const fixed: Finding[] = [];
  const skipped: { finding: Finding; why: string }[] = [];
  for (const [file, wanted] of byFile) {
    const skip = (why: string, ...which: readonly Wanted[]): void => {
      for (const { finding } of which) skipped.push({ finding, why });
    };
    if (file === '<stdin>') {
      skip('it came by standard input: fix where it is made', ...wanted);
      continue;
    }
    const path = resolve(cwd, file);
    const { mtimeMs: modified } = await stat(path);
    const before = await readFile(path);
    const text = decodeText(before);
    const prefix = before.length - Buffer.byteLength(text);
    if (prefix !== 0 && prefix !== 3) {
      skip('the file is not in UTF-8', ...wanted);
      continue;
    }
    const changes: Change[] = [];
    for (const part of splitStream(text)) {
      const pieces = new Pieces(part.text);
      for (const one of wanted.filter(
        ({ object }) => object.source?.offset === part.offset && object.source.text === part.text,
      )) {
        if (one.object.source?.template !== '') {
          skip(`it was rendered from ${one.object.source?.template ?? 'a template'}: fix it there`, one);
          continue;
        }
        const change = setValue(pieces.text, one.path, one.value);
        if (typeof change === 'string') {
          skip(change, one);
          continue;
        }
        pieces.replace(change.start, change.end, change.text);
        fixed.push(one.finding);
      }
      changes.push(
        ...pieces
          .changes()
          .map(({ start, end, text: to }) => ({ start: start + part.offset, end: end + part.offset, text: to })),
      );
    }
    if (changes.length > 0) files.push(filePlan(path, before, text, prefix, changes, modified));
  }
  return { files, fixed, skipped };
}

function filePlan(
  path: string,
  before: Uint8Array,
  text: string,
  prefix: number,
  changes: readonly Change[],
  modified: number,
): ConfigFilePlan {
  const edits: { start: number; end: number; text: string }[] = [];
  let after = before.length === 0 ? '' : '\uFEFF'.slice(0, prefix === 3 ? 1 : 0);
  let unit = 0;
  let byte = prefix;
  for (const change of changes) {
    byte += Buffer.byteLength(text.slice(unit, change.start));
    const length = Buffer.byteLength(text.slice(change.start, change.end));
    edits.push({ start: byte, end: byte + length, text: change.text });
    after += text.slice(unit, change.start) + change.text;
    byte += length;
    unit = change.end;
  }
  return { path, before, after: Buffer.from(after + text.slice(unit)), edits, modified };
}
