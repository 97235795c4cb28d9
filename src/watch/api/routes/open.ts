/** Files that a person drops on the page: received, read in a process of their own, and removed, unless they are saved. */
import { randomBytes } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { formatBytes } from '../../../findings/units.ts';
import type { Capture } from '../../model.ts';
import type { OpenedFile } from '../../views/open-file.ts';
import { type OpenLimits, openAside } from '../aside/open.ts';
import type { Backend } from '../backend.ts';
import { captureOf, partOf } from '../blobs.ts';
import { type HeapGraphView, heapGraph, opened } from '../contract.ts';
import { ApiProblem } from '../problem.ts';
import { checkLength, receive, type Upload, type UploadLimits } from '../upload.ts';
import { captureId, problems } from './shared.ts';

/** The target that saved files belong to: none that is watched. */
export const OPENED_TARGET = '0000000000000000';

export interface OpenOptions {
  readonly backend: Backend;
  /** For files on their way; emptied at the start. */
  readonly directory: string;
  readonly limits?: Partial<UploadLimits>;
  readonly heapDump?: OpenLimits;
  readonly other?: OpenLimits;
}

const UPLOAD: UploadLimits = { heapDump: 2 * 2 ** 30, other: 64 << 20 };
/** A dump's columns take about as much as the dump, its dominators as much again. */
const HEAP_DUMP: OpenLimits = { memory: 5 * 2 ** 30, time: 10 * 60_000 };
const OTHER: OpenLimits = { memory: 2 ** 30 + 2 ** 29, time: 60_000 };
/** A blob is put in one piece, bytes. */
const MAX_SAVED = 256 << 20;
/** Files on their way or being read at one time. */
const AT_ONCE = 2;

export const openRoutes: FastifyPluginAsyncZod<OpenOptions> = async (
  app,
  { backend, directory, limits: changed, heapDump = HEAP_DUMP, other = OTHER },
) => {
  const limits = { ...UPLOAD, ...changed };
  // What a server that was killed left behind.
  await rm(directory, { recursive: true, force: true });
  let busy = 0;
  const closing = new AbortController();
  app.addHook('preClose', async () => closing.abort(new ApiProblem(503, 'The server is shutting down.')));

  const alone = async <T>(run: () => Promise<T>): Promise<T> => {
    if (busy >= AT_ONCE) throw new ApiProblem(503, 'Other files are being opened; try again in a moment.', 5);
    busy++;
    try {
      return await run();
    } finally {
      busy--;
    }
  };

  // Only here: everywhere else a body that is not JSON is refused.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, payload, done) => done(null, payload));

  const querystring = z.object({
    name: z.string().min(1).max(300),
    save: z.enum(['0', '1']).default('0'),
  });
  app.post(
    '/api/open',
    {
      schema: { querystring, consumes: ['application/octet-stream'], response: { 200: opened, ...problems } },
      bodyLimit: limits.heapDump,
      onRequest: async (request) => checkLength(request.headers['content-length'], limits),
    },
    (request, reply) =>
      alone(async () => {
        const name = shownName(request.query.name);
        const signal = AbortSignal.any([closing.signal, gone(reply.raw)]);
        const upload = await receive(bodyOf(request.body), {
          directory,
          length: request.headers['content-length'],
          limits,
          signal,
        });
        try {
          const at = backend.now();
          const file = await openAside(upload.path, name, {
            at,
            limits: upload.isHeapDump ? heapDump : other,
            signal,
          });
          const capture = request.query.save === '1' ? await save(backend, upload, file, at) : null;
          return { ...file.view, bytes: upload.bytes, capture };
        } finally {
          await upload.remove();
        }
      }),
  );

  app.get(
    '/api/heap',
    { schema: { querystring: z.object({ capture: captureId }), response: { 200: heapGraph, ...problems } } },
    (request, reply): Promise<HeapGraphView> =>
      alone(async () => {
        const capture = await captureOf(backend, request.query.capture);
        const bytes = await backend.store.getBlob(partOf(capture, 'heapdump').blob);
        const signal = AbortSignal.any([closing.signal, gone(reply.raw)]);
        const upload = await receive(Readable.from(pieces(bytes)), { directory, length: undefined, limits, signal });
        try {
          const name = capture.name ?? capture.id;
          const { view } = await openAside(upload.path, name, { at: capture.at, limits: heapDump, signal });
          if (view.heap === null) throw new ApiProblem(422, 'What was saved as a heap dump is none.');
          return view.heap;
        } finally {
          await upload.remove();
        }
      }),
  );
};

/** The id of the capture. */
async function save(backend: Backend, upload: Upload, file: OpenedFile, at: number): Promise<string> {
  if (upload.bytes > MAX_SAVED) {
    throw new ApiProblem(413, `Files of up to ${formatBytes(MAX_SAVED)} are kept; this one can only be opened.`);
  }
  const started = performance.now();
  const blob = await backend.store.putBlob(await readFile(upload.path));
  const id = `${Math.round(at).toString(36)}-${randomBytes(4).toString('hex')}`;
  const ms = Math.round(performance.now() - started);
  const capture: Capture = {
    id,
    target: OPENED_TARGET,
    at,
    reason: 'opened',
    build: null,
    name: file.view.name,
    parts: [{ kind: file.part, blob, bytes: upload.bytes, ms, pauseMs: 0 }],
  };
  const summary = {
    capture: id,
    target: OPENED_TARGET,
    at,
    build: null,
    startedAt: null,
    metrics: {},
    ...file.summary,
  };
  await backend.store.commit({ captures: [capture], summaries: [summary] });
  return id;
}

/** The last part of a path, without characters that no name has: it is shown, and never opened. */
function shownName(name: string): string {
  return (name.split(/[/\\]/).at(-1) ?? '').replaceAll(/\p{Cc}/gu, '').slice(0, 200) || 'file';
}

/** Aborts where the one who asked went away before there was an answer. */
function gone(response: ServerResponse): AbortSignal {
  const controller = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) controller.abort(new ApiProblem(499, 'The one who asked is gone.'));
  });
  return controller.signal;
}

function bodyOf(body: unknown): Readable {
  if (body instanceof Readable) return body;
  throw new ApiProblem(400, 'The body has to be the file.');
}

const PIECE = 1 << 20;

async function* pieces(bytes: Uint8Array): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += PIECE) {
    const piece = bytes.subarray(at, at + PIECE);
    yield Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
  }
}
