/** A receiver of webhooks that knows nothing of the server but what it is sent, and writes that into a file line by line. */
import { appendFileSync, readFileSync } from 'node:fs';
import http from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Receiver {
  readonly url: string;
  close(): Promise<void>;
}

/** One taken request. */
export interface LogLine {
  /** The header. */
  readonly key: string;
  readonly body: string;
}

/**
 * Writes down what it takes before it answers. Answers late now and then, so that the server is killed while it waits, and
 * refuses one request in ten with 503 before it looks at it.
 */
export async function startReceiver(file: string): Promise<Receiver> {
  appendFileSync(file, '');
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', async () => {
      if (Math.random() < 0.1) return void response.writeHead(503).end();
      const line: LogLine = {
        key: String(request.headers['idempotency-key'] ?? ''),
        body: Buffer.concat(chunks).toString('utf8'),
      };
      appendFileSync(file, `${JSON.stringify(line)}\n`);
      await sleep(Math.random() * 200);
      response.end('ok');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the receiver has no port');
  return {
    url: `http://127.0.0.1:${address.port}/hook`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export function readLog(file: string): LogLine[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line): LogLine => {
      const read: unknown = JSON.parse(line);
      const { key = '', body = '' } =
        typeof read === 'object' && read !== null ? ({ ...read } as Partial<LogLine>) : {};
      return { key, body };
    });
}
