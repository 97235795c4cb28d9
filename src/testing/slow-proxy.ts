/** A proxy on loopback in front of a server that is spoken to without TLS, which can be told to take its time. */
import { createServer, request } from 'node:http';

export interface SlowProxy {
  /** `127.0.0.1:port` */
  readonly host: string;
  /** From a question to when it is passed on, ms; may be changed at any time. */
  slowMs: number;
  /** Questions so far. */
  asked: number;
  stop(): Promise<void>;
}

/** @param target `host:port` */
export async function startSlowProxy(target: string): Promise<SlowProxy> {
  const timers = new Set<NodeJS.Timeout>();
  const server = createServer((asked, answer) => {
    proxy.asked++;
    // The host as it was asked for, so that upload locations lead back here.
    const headers = { ...asked.headers, host: proxy.host };
    const pass = (): void => {
      const out = request(`http://${target}${asked.url ?? '/'}`, { method: asked.method, headers }, (got) => {
        answer.writeHead(got.statusCode ?? 502, got.headers);
        got.pipe(answer);
      });
      out.on('error', () => answer.destroy());
      asked.pipe(out);
    };
    if (proxy.slowMs <= 0) return pass();
    const timer = setTimeout(() => {
      timers.delete(timer);
      pass();
    }, proxy.slowMs);
    timers.add(timer);
  });
  const proxy: SlowProxy = {
    host: '',
    slowMs: 0,
    asked: 0,
    async stop() {
      for (const timer of timers) clearTimeout(timer);
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const host = typeof address === 'object' && address !== null ? `127.0.0.1:${address.port}` : '';
  return Object.assign(proxy, { host });
}
