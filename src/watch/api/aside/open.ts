/**
 * Reads a file of a stranger in a process of its own, with a limit on memory and time: whatever it does there, the server
 * takes the next capture on time.
 */
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { deserialize } from 'node:v8';
import { parseStatus } from '../../../evidence/process/status.ts';
import type { OpenedFile } from '../../views/open-file.ts';
import { ApiProblem } from '../problem.ts';

export type OpenAnswer = { readonly opened: OpenedFile } | { readonly error: string };

export interface OpenLimits {
  /** Resident memory of the process, bytes. */
  readonly memory: number;
  /** ms. */
  readonly time: number;
}

/** Of what the process writes: a call tree of 100,000 rows has some 8 MB. */
const MAX_ANSWER = 256 << 20;
const WATCH_MS = 100;
/** Part of the memory that V8 may use for objects; most of a reader's memory is columns, which do not count there. */
const OBJECTS_MIB = 1024;

/** @throws ApiProblem 422 where the file is none of what is read, or needs more than the limits; the signal's reason */
export async function openAside(
  path: string,
  name: string,
  options: { readonly at: number; readonly limits: OpenLimits; readonly signal: AbortSignal },
): Promise<OpenedFile> {
  const { at, limits, signal } = options;
  signal.throwIfAborted();
  const program = fileURLToPath(programFile());
  const objects = Math.min(OBJECTS_MIB, Math.ceil(limits.memory / 2 ** 20));
  const child = spawn(process.execPath, [`--max-old-space-size=${objects}`, program, path, name, String(at)], {
    // Nothing of the server's but where compiled code is kept: it halves the start.
    env: compileCache(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let refused: unknown = null;
  const refuse = (why: unknown): void => {
    refused ??= why;
    child.kill('SIGKILL');
  };
  const abort = (): void => refuse(signal.reason);
  signal.addEventListener('abort', abort);
  const late = setTimeout(
    () =>
      refuse(
        new ApiProblem(
          422,
          `Reading this file takes more than ${Math.round(limits.time / 1000)} s; use \`hemostat show\`.`,
        ),
      ),
    limits.time,
  );
  const watch = setInterval(() => {
    residentOf(child.pid).then((bytes) => {
      if (bytes > limits.memory) refuse(tooMuchMemory(limits));
    }, refuse);
  }, WATCH_MS);
  try {
    const pieces: Buffer[] = [];
    let bytes = 0;
    let complaint = '';
    child.stdout.on('data', (piece: Buffer) => {
      bytes += piece.length;
      if (bytes > MAX_ANSWER) refuse(new ApiProblem(422, 'This file says more than the page can show.'));
      else pieces.push(piece);
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      complaint = (complaint + text).slice(0, 4000);
    });
    const code = await new Promise<number | null>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', resolve);
    });
    if (refused !== null) throw refused;
    if (code !== 0) {
      // V8 aborts where its heap is full; the kernel kills where the machine's memory is.
      if (code === null || /heap out of memory|Array buffer allocation failed/.test(complaint))
        throw tooMuchMemory(limits);
      throw new Error(`the process that opens files ended with ${code}: ${complaint}`);
    }
    const answer: OpenAnswer = deserialize(Buffer.concat(pieces));
    if ('error' in answer) throw new ApiProblem(422, `${answer.error}.`);
    return answer.opened;
  } finally {
    clearTimeout(late);
    clearInterval(watch);
    signal.removeEventListener('abort', abort);
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
  }
}

function programFile(): URL {
  return import.meta.url.endsWith('.ts')
    ? new URL('./open-process.ts', import.meta.url)
    : new URL('./open-process.js', import.meta.url);
}

function compileCache(): Record<string, string> {
  const { NODE_COMPILE_CACHE } = process.env;
  return NODE_COMPILE_CACHE === undefined ? {} : { NODE_COMPILE_CACHE };
}

function tooMuchMemory(limits: OpenLimits): ApiProblem {
  const mib = Math.round(limits.memory / 2 ** 20);
  return new ApiProblem(
    422,
    `Reading this file needs more than ${mib} MiB of memory; use \`hemostat show\` or \`prove\`.`,
  );
}

/** Bytes; 0 where the process is gone, or the system has no /proc. */
async function residentOf(pid: number | undefined): Promise<number> {
  if (pid === undefined) return 0;
  const text = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return parseStatus(text).rss ?? 0;
}
