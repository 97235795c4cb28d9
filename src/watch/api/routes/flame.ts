/** Call trees of captures. The answer is made in another thread, as text that is only passed on here. */
import type { FastifyPluginAsync } from 'fastify';
import { z } from 'zod';
import type { Capture } from '../../model.ts';
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
        title: titleOf(captures, backend),
        sampleType: query.type ?? '',
      });
      return reply.type('application/json; charset=utf-8').send(json);
    },
  );
};

/** `orders 10.0.0.7:6060, 2026-11-23 03:02:38 → 03:15:01 UTC`, as the two are told apart by people. */
function titleOf([head, base]: readonly Capture[], backend: Backend): string {
  if (head === undefined) return '';
  const info = backend.targets().find(({ info: { id } }) => id === head.target)?.info;
  const name = info === undefined ? '' : `${info.service === '' ? '' : `${info.service} `}${info.instance}, `;
  const [day, time] = dayAndTime(head.at);
  if (base === undefined) return `${name}${day} ${time} UTC`;
  const [earlier, since] = dayAndTime(base.at);
  return `${name}${earlier} ${since} → ${earlier === day ? '' : `${day} `}${time} UTC`;
}

function dayAndTime(at: number): [string, string] {
  const text = new Date(at).toISOString();
  return [text.slice(0, 10), text.slice(11, 19)];
}
