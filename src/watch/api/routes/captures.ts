/** What was taken: lists, single captures, and the bytes as they were received. */
import type { FastifyTypeProviderDefault } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { PART_KINDS, type PartKind } from '../../model.ts';
import { captureInfo as infoOf } from '../../views/capture.ts';
import type { Backend } from '../backend.ts';
import { captureOf, partOf } from '../blobs.ts';
import { captureInfo, captures } from '../contract.ts';
import { ApiProblem } from '../problem.ts';
import { captureId, instanceName, name, nameOf, problems, range, rangeOf, targetId } from './shared.ts';

const EXTENSION: Readonly<Partial<Record<PartKind, string>>> = {
  heap: 'pb.gz',
  goroutine: 'pb.gz',
  goroutineleak: 'pb.gz',
  profile: 'pb.gz',
  heapdump: 'dump',
  expvar: 'json',
  process: 'json',
};

export const captureRoutes: FastifyPluginAsyncZod<{ backend: Backend; tokenNeeded: boolean }> = async (
  app,
  { backend, tokenNeeded },
) => {
  const querystring = range.extend({
    environment: name.optional(),
    service: name.optional(),
    instance: targetId.optional(),
    limit: z.coerce.number().int().min(1).max(500).default(100),
  });
  app.get('/api/captures', { schema: { querystring, response: { 200: captures, ...problems } } }, async ({ query }) => {
    const { environment, service, instance } = query;
    const all = environment === undefined && service === undefined && instance === undefined;
    const ids = backend
      .targets()
      .filter(
        ({ info }) =>
          (environment === undefined || info.environment === nameOf(environment)) &&
          (service === undefined || info.service === nameOf(service)) &&
          (instance === undefined || info.id === instance),
      )
      .map(({ info }) => info.id);
    // An instance that is gone still has captures.
    if (ids.length === 0 && instance !== undefined) ids.push(instance);
    // To the store, no targets are all of them.
    if (ids.length === 0 && !all) return { captures: [] };
    const found = await backend.store.captures(all ? [] : ids, rangeOf(query, backend), query.limit);
    return { captures: found.map((capture) => infoOf(capture, instanceName(backend))) };
  });

  const params = z.object({ id: captureId });
  app.get(
    '/api/captures/:id',
    { schema: { params, response: { 200: captureInfo, ...problems } } },
    async ({ params: { id } }) => infoOf(await captureOf(backend, id), instanceName(backend)),
  );

  const partParams = params.extend({ kind: z.enum(PART_KINDS) });
  app
    .withTypeProvider<FastifyTypeProviderDefault>()
    .get<{ Params: z.infer<typeof partParams> }>(
      '/api/captures/:id/parts/:kind',
      { schema: { params: partParams, response: problems } },
      async ({ params: { id, kind } }, reply) => {
        // A heap dump is what the service had in memory: passwords, keys, other people's data.
        if (kind === 'heapdump' && !tokenNeeded) {
          throw new ApiProblem(
            403,
            'A heap dump is only handed out where a token is needed: set `token` in the configuration.',
          );
        }
        const part = partOf(await captureOf(backend, id), kind);
        const bytes = await backend.store.getBlob(part.blob);
        reply
          .type('application/octet-stream')
          .header('content-disposition', `attachment; filename="${id}-${kind}.${EXTENSION[kind] ?? 'txt'}"`);
        return reply.send(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
      },
    );
};
