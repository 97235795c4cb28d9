/** Call trees of captures. The answer is made in another thread, as text that is only passed on here. */
import type { FastifyPluginAsync } from 'fastify';
import { z } from 'zod';
import type { FlameAside } from '../aside/flame-aside.ts';
import type { Backend } from '../backend.ts';
import { captureOf, PROFILE_KINDS, profilePart } from '../blobs.ts';
import { flame } from '../contract.ts';
import { captureId, problems } from './shared.ts';

const querystring = z.object({
  head: captureId,
  base: captureId.optional(),
  type: z.string().max(100).optional(),
  part: z.enum(PROFILE_KINDS).optional(),
});

export const flameRoutes: FastifyPluginAsync<{ backend: Backend; aside: FlameAside }> = async (
  app,
  { backend, aside },
) => {
  app.get<{ Querystring: z.infer<typeof querystring> }>(
    '/api/flame',
    // What is sent is text already; the schema is for the document, and the page's types.
    { schema: { querystring, response: { 200: flame, ...problems } } },
    async ({ query }, reply) => {
      const captures = await Promise.all(
        [query.head, ...(query.base === undefined ? [] : [query.base])].map((id) => captureOf(backend, id)),
      );
      const parts = captures.map((capture) => profilePart(capture, query.part));
      const [head, base] = await Promise.all(parts.map(({ blob }) => backend.store.getBlob(blob)));
      if (head === undefined) throw new Error('no head was read');
      const json = await aside.flame({
        head,
        base: base ?? null,
        headId: query.head,
        baseId: query.base ?? null,
        sampleType: query.type ?? '',
      });
      return reply.type('application/json; charset=utf-8').send(json);
    },
  );
};
