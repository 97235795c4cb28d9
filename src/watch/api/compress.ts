/** gzip for answers that are worth it: a call tree of 100,000 rows is 5 MB of text and 1 MB on the wire. */
import { promisify } from 'node:util';
import { constants, gzip } from 'node:zlib';
import type { FastifyInstance } from 'fastify';

const gzipped = promisify(gzip);
/** Below this a packet more or less is all there is to win. Bytes. */
const WORTH = 2048;

/** Text only; streams (downloads, files of the page) go out as they are. The work is done outside of the main thread. */
export function installCompression(app: FastifyInstance): void {
  app.addHook('onSend', async (request, reply, payload) => {
    if (typeof payload !== 'string' || payload.length < WORTH || reply.hasHeader('content-encoding')) return payload;
    if (!/\bgzip\b(?!\s*;\s*q=0(?:\.0*)?(?:\s*,|\s*$))/i.test(String(request.headers['accept-encoding'] ?? ''))) {
      return payload;
    }
    reply.header('content-encoding', 'gzip').header('vary', 'accept-encoding').removeHeader('content-length');
    return gzipped(payload, { level: constants.Z_BEST_SPEED });
  });
}
