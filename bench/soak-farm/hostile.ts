/** Targets that answer with what no service should: under /h/NAME/debug/pprof/. The index is right, what it lists is not. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';

const MIB = 2 ** 20;

export const HOSTILE = {
  /** No profile and no text, but 200. */
  garbage: (_request, response) => void response.end(Buffer.alloc(5000, 'not a profile \0\xff', 'latin1')),
  /** 10 GB and no end of it; as fast as it is taken. */
  endless: (_request, response) => pour(response, Buffer.alloc(MIB, 0x61), 10 * 1024),
  /** One byte a minute. */
  trickle: (_request, response) => trickle(response, 60_000),
  /** To the metadata of a cloud, to a file, to another port of this machine. */
  redirect: (_request, response) => void response.writeHead(302, { location: 'http://169.254.169.254/latest/' }).end(),
  'redirect-port': (_request, response) => void response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(),
  error: (_request, response) => void response.writeHead(500).end('the service is in trouble\n'),
  /** 10 GB of zeros in 10 MB: members of gzip one after the other are one file. */
  bomb: (_request, response) => pour(response, gzipSync(Buffer.alloc(16 * MIB)), 640),
  /** The same as an encoding of the transport. */
  'encoded-bomb': (_request, response) => {
    response.setHeader('content-encoding', 'gzip');
    pour(response, gzipSync(Buffer.alloc(16 * MIB)), 640);
  },
  /** Half an answer, and the connection is closed. */
  cut: (_request, response) => {
    response.writeHead(200, { 'content-length': 100_000 });
    response.write(Buffer.alloc(1000));
    setTimeout(() => response.destroy(), 20);
  },
  /** Never an answer. */
  silent: () => {},
} satisfies Record<string, (request: IncomingMessage, response: ServerResponse) => void>;

export type HostileName = keyof typeof HOSTILE;

export function isHostile(name: string): name is HostileName {
  return Object.hasOwn(HOSTILE, name);
}

/** Names that a page must show and not run. */
export const SCRIPT_NAME = 'main.<img src=x onerror="document.title=\'pwned\'">';
export const SCRIPT_LABEL = '"><script>document.title="pwned"</script>';

function pour(response: ServerResponse, chunk: Buffer, times: number): void {
  let left = times;
  const more = () => {
    while (left-- > 0 && !response.destroyed) if (!response.write(chunk)) return void response.once('drain', more);
    response.end();
  };
  more();
}

function trickle(response: ServerResponse, everyMs: number): void {
  response.write('\x1f');
  const timer = setInterval(() => response.write('\x8b'), everyMs);
  response.on('close', () => clearInterval(timer));
}
