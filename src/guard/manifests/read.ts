/** Manifests from files, directories and standard input. */
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, relative, resolve } from 'node:path';
import { codeOf, GuardEvidenceError, GuardUsageError, reasonOf } from '../error.ts';
import type { KubeObject, Manifests } from './manifest.ts';
import { decodeText, parseManifests } from './parse.ts';
import { walk } from './walk.ts';

/** Largest file, bytes: whole clusters have been dumped into less. */
const LARGEST_FILE = 256 * 1024 * 1024;

export interface ReadOptions {
  /** Relative paths are relative to it, and places are shown relative to it. */
  readonly cwd: string;
  /** What `-` reads; process.stdin where it is not given. */
  readonly stdin?: AsyncIterable<Uint8Array>;
}

/** A file with its text, however it was come by. */
export interface ManifestText {
  /** As it is shown. */
  readonly file: string;
  readonly bytes: Uint8Array;
  /** Whether somebody named this very file, so that it has to hold objects. */
  readonly named: boolean;
  /** The root of the Helm chart whose template it is; empty where it is none. */
  readonly chart: string;
}

/**
 * Reads `paths`: files, directories (with all that is in them) and `-` for standard input.
 * @throws GuardUsageError for a path that is not there, GuardEvidenceError for one that cannot be read
 */
export async function readManifests(paths: readonly string[], options: ReadOptions): Promise<Manifests> {
  const texts: ManifestText[] = [];
  const notes: string[] = [];
  for (const path of paths) {
    if (path === '-') {
      texts.push({
        file: '<stdin>',
        bytes: await readAll(options.stdin ?? process.stdin, 'standard input'),
        named: true,
        chart: '',
      });
      continue;
    }
    const full = resolve(options.cwd, path);
    const info = await stat(full).catch((error: unknown) => {
      if (codeOf(error) === 'ENOENT')
        throw new GuardUsageError(
          `There is no ${path}: name a file or directory of manifests, or - for standard input.`,
        );
      throw cannotRead(path, error);
    });
    if (info.isDirectory()) {
      const found = await walk(full);
      notes.push(...found.notes);
      for (const each of found.files)
        texts.push({
          ...(await readOne(each.path, options.cwd)),
          named: false,
          chart: each.chart && shown(each.chart, options.cwd),
        });
    } else texts.push({ ...(await readOne(full, options.cwd)), named: true, chart: '' });
  }
  const read = manifestsOf(texts);
  return { ...read, notes: [...notes, ...read.notes] };
}

/** What stands in `texts`. Pure. */
export function manifestsOf(texts: readonly ManifestText[]): Manifests {
  const objects: KubeObject[] = [];
  const notes: string[] = [];
  const failures: string[] = [];
  const charts = new Set<string>();
  let others = 0;
  let unread = 0;
  for (const { file, bytes, named, chart } of texts) {
    const text = decodeText(bytes);
    if (chart !== '' && text.includes('{{')) {
      charts.add(chart);
      continue;
    }
    const parsed = parseManifests(file, text);
    objects.push(...parsed.objects);
    others += parsed.others;
    if (parsed.kustomization) {
      notes.push(
        `${file} is a kustomization: its files were read as they stand; give the output of \`kustomize build ${dirname(file)}\` to check what is deployed.`,
      );
    }
    for (const { says, kubernetes, template } of parsed.broken) {
      if (named || kubernetes)
        failures.push(template ? `${says} (it has {{ }}: render the template first).` : `${says}.`);
      else unread++;
    }
    if (named && parsed.objects.length === 0 && parsed.broken.length === 0 && !parsed.kustomization) {
      failures.push(`${file} holds no Kubernetes object (nothing with an apiVersion and a kind).`);
    }
  }
  for (const chart of [...charts].sort()) {
    notes.push(
      `${chart} is a Helm chart and its templates were not checked: give the output of \`helm template ${chart}\`.`,
    );
  }
  if (others > 0)
    notes.push(
      `${others} YAML or JSON ${others === 1 ? 'document is no Kubernetes object and was' : 'documents are no Kubernetes objects and were'} passed over.`,
    );
  if (unread > 0)
    notes.push(
      `${unread} ${unread === 1 ? 'document is no valid YAML, and does' : 'documents are no valid YAML, and do'} not look like Kubernetes' either.`,
    );
  if (objects.length === 0 && failures.length === 0)
    failures.push('No Kubernetes object was found in what was given, so nothing was checked.');
  return { objects, notes, failures, complete: false };
}

async function readOne(path: string, cwd: string): Promise<{ file: string; bytes: Uint8Array }> {
  const file = shown(path, cwd);
  try {
    const { size } = await stat(path);
    if (size > LARGEST_FILE)
      throw new GuardEvidenceError(`${file} is larger than ${LARGEST_FILE / 1024 / 1024} MiB: split it.`);
    const stream = createReadStream(path);
    // A pipe (`<(helm template …)`) says that its size is 0.
    return { file, bytes: size > 0 ? await readFile(path) : await readAll(stream, file) };
  } catch (error) {
    if (error instanceof GuardEvidenceError) throw error;
    throw cannotRead(file, error);
  }
}

async function readAll(from: AsyncIterable<Uint8Array>, name: string): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of from) {
    size += chunk.length;
    if (size > LARGEST_FILE)
      throw new GuardEvidenceError(`${name} is larger than ${LARGEST_FILE / 1024 / 1024} MiB: split it.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function cannotRead(file: string, error: unknown): GuardEvidenceError {
  return new GuardEvidenceError(`${file} could not be read (${reasonOf(error)}): check its permissions.`);
}

/** As a person would write it: relative where it is below `cwd`. */
function shown(path: string, cwd: string): string {
  const short = relative(cwd, path);
  return short === '' ? basename(path) : short.startsWith('..') || isAbsolute(short) ? path : short;
}
