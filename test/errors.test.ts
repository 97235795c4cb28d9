/**
 * What a new user meets first: mistakes. The real command line must answer each with one sentence that says what is
 * wrong and what to do, and with exit code 2 (wrong usage) or 3 (evidence that could not be read or reached).
 */
import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

const HEMOSTAT = join(import.meta.dirname, '..', 'bin', 'hemostat');
const dir = mkdtempSync(join(tmpdir(), 'hemostat-errors-'));
const closing: (() => void)[] = [];

afterAll(() => {
  for (const close of closing) close();
  rmSync(dir, { recursive: true, force: true });
});

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Not spawnSync: the servers that it talks to live in this process. */
function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): Promise<Outcome> {
  return new Promise((resolve) => {
    execFile(command, args, { timeout: 60_000, cwd: dir, env }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : -1, stdout, stderr });
    });
  });
}

function hemostat(...args: string[]): Promise<Outcome> {
  return run(HEMOSTAT, args);
}

/** One sentence on one line of stderr, nothing on stdout, no stack, no internals. */
function expectSentence({ code, stdout, stderr }: Outcome, expectedCode: 2 | 3, says: RegExp): void {
  expect({ code, stderr }).toEqual({ code: expectedCode, stderr: expect.stringMatching(says) });
  expect(stdout).toBe('');
  const lines = stderr.trimEnd().split('\n');
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(/^hemostat: /);
  expect(stderr).not.toMatch(/ {4}at |internal error|node:|\bundefined\b|\[object/);
}

async function listen(server: net.Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(() => server.close());
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

function file(name: string, content: string | Uint8Array): string {
  const path = join(dir, name);
  writeFileSync(path, content);
  return path;
}

async function unusedPort(): Promise<number> {
  const server = net.createServer();
  const port = await listen(server);
  server.close();
  await once(server, 'close');
  return port;
}

describe('a target that cannot be reached', () => {
  it('wrong port', async () => {
    const port = await unusedPort();
    const says = new RegExp(
      `nothing listens at 127\\.0\\.0\\.1:${port} \\(connection refused\\); is the service running`,
    );
    expectSentence(await hemostat('diagnose', `http://127.0.0.1:${port}`), 3, says);
    expectSentence(await hemostat('capture', `127.0.0.1:${port}`, '-o', join(dir, 'bundle')), 3, says);
    expect(existsSync(join(dir, 'bundle'))).toBe(false);
  });

  it('a port that is not pprof: a web server without it, a web page for everything, something else than HTTP', async () => {
    const bare = await listen(http.createServer((_, response) => response.writeHead(404).end('404 page not found\n')));
    expectSentence(
      await hemostat('diagnose', `http://127.0.0.1:${bare}`),
      3,
      /does not exist \(404\): import _ "net\/http\/pprof" in the service/,
    );
    const shop = await listen(http.createServer((_, response) => response.end('<!doctype html><html>shop</html>')));
    expectSentence(
      await hemostat('diagnose', `http://127.0.0.1:${shop}`),
      3,
      /answers with a web page: give the port and path/,
    );
    const ssh = await listen(
      net.createServer(
        (socket) =>
          void socket
            .on('error', () => {})
            .resume()
            .end('SSH-2.0-x\r\n'),
      ),
    );
    expectSentence(
      await hemostat('diagnose', `http://127.0.0.1:${ssh}`),
      3,
      /does not speak HTTP .*is this the port of its pprof\?/,
    );
  });

  it('401', async () => {
    const port = await listen(http.createServer((_, response) => response.writeHead(401).end()));
    expectSentence(
      await hemostat('diagnose', `http://127.0.0.1:${port}`),
      3,
      /wants a login \(401\); give --user NAME:PASSWORD, --bearer-file FILE or --header/,
    );
    const refused = await hemostat('diagnose', `http://ann:hunter2@127.0.0.1:${port}`);
    expectSentence(refused, 3, /does not accept the credentials given \(401\)/);
    expect(refused.stderr).not.toContain('hunter2');
  });

  it('self-signed TLS', async () => {
    const made = spawnSync(
      'openssl',
      [
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:P-256',
        '-nodes',
        '-days',
        '2',
        '-subj',
        '/CN=localhost',
      ].concat([
        '-addext',
        'subjectAltName=IP:127.0.0.1',
        '-keyout',
        join(dir, 'key.pem'),
        '-out',
        join(dir, 'cert.pem'),
      ]),
      { encoding: 'utf8' },
    );
    expect(made.status, made.stderr).toBe(0);
    const identity = { key: readFileSync(join(dir, 'key.pem')), cert: readFileSync(join(dir, 'cert.pem')) };
    const port = await listen(https.createServer(identity, (_, response) => response.writeHead(404).end()));
    expectSentence(
      await hemostat('diagnose', `https://127.0.0.1:${port}`),
      3,
      /certificate .* is not trusted \(it is self-signed\): .*--cacert FILE.*--insecure/,
    );
    // With the certificate the door is open, and the next thing that is wrong is said.
    expectSentence(
      await hemostat('diagnose', `https://127.0.0.1:${port}`, '--cacert', join(dir, 'cert.pem')),
      3,
      /import _ "net\/http\/pprof"/,
    );
  });

  it('a host name that does not exist, a socket that does not, a PID that does not, a bundle that does not', async () => {
    expectSentence(
      await hemostat('diagnose', 'http://no-such-host.invalid:6060'),
      3,
      /host name of no-such-host\.invalid:6060 cannot be resolved/,
    );
    expectSentence(
      await hemostat('diagnose', 'unix:/no/such.sock'),
      3,
      /\/no\/such\.sock.*does not exist; check the path of the socket/,
    );
    expectSentence(await hemostat('diagnose', '4194305'), 3, /there is no process 4194305/);
    expectSentence(await hemostat('diagnose', './no-such-bundle'), 3, /no-such-bundle does not exist/);
    expectSentence(await hemostat('diagnose', dir), 3, /has no manifest\.json, so it is not a bundle/);
  });

  it('a command that does not exist, or that ends at once', async () => {
    expectSentence(
      await hemostat('diagnose', '--', './no-such-program'),
      3,
      /no-such-program cannot be started: there is no such program/,
    );
    const ended = await hemostat('diagnose', '--', 'sh', '-c', 'exit 3');
    expectSentence(ended, 3, /sh ended with exit code 3 after .* before it served pprof; it printed nothing on stderr/);
  });
});

describe("a PID of another user's process", () => {
  const amRoot = process.getuid?.() === 0;
  const canDrop = amRoot && spawnSync('setpriv', ['--version']).status === 0;
  // As root every process can be read, so the test runs hemostat as nobody; without setpriv that cannot be tried.
  const why = amRoot && !canDrop ? ' (skipped: root, and setpriv is not installed)' : '';

  it.skipIf(why !== '')(`is refused with whose it is${why}`, async () => {
    let victim: ChildProcess | null = null;
    let pid = 1;
    if (amRoot) {
      victim = spawn('sleep', ['60'], { stdio: 'ignore' });
      pid = victim.pid ?? 1;
      const { promise, resolve } = Promise.withResolvers<void>();
      victim.once('spawn', () => resolve());
      await promise;
    }
    try {
      // The compile cache and HOME are root's.
      const env = { PATH: process.env.PATH, HOME: '/nonexistent', NODE_COMPILE_CACHE: '' };
      const outcome = amRoot
        ? await run(
            'setpriv',
            ['--reuid=65534', '--regid=65534', '--clear-groups', HEMOSTAT, 'diagnose', String(pid)],
            env,
          )
        : await run(HEMOSTAT, ['diagnose', '1']);
      expectSentence(
        outcome,
        3,
        new RegExp(`process ${pid} belongs to user root and may not be read; run hemostat as that user or as root`),
      );
    } finally {
      victim?.kill('SIGKILL');
    }
  });
});

describe('a file that is not what its name says', () => {
  const heap = readFileSync(join(import.meta.dirname, '../src/evidence/pprof/testdata/go1.26/heap.pb.gz'));
  const cases: [string, string | Uint8Array, RegExp][] = [
    ['page.pb.gz', '<!DOCTYPE html>\n<html><body>Sign in</body></html>\n', /page\.pb\.gz.*(web page|HTML)/i],
    ['empty.pb.gz', '', /empty\.pb\.gz.*empty/],
    ['cut.pb.gz', heap.subarray(0, heap.length / 2), /cut\.pb\.gz.*(cut off|truncated|ends|incomplete|stops)/i],
  ];
  for (const command of ['diagnose', 'show', 'diff'] as const) {
    it.each(cases)(`${command} %s`, async (name, content, says) => {
      const path = file(name, content);
      const args = command === 'diff' ? [path, path] : [path];
      expectSentence(await hemostat(command, ...args), 3, says);
    });
  }
});

describe('wrong usage', () => {
  /** commander prints its own line and where to find help. */
  function expectUsage({ code, stdout, stderr }: Outcome, says: RegExp): void {
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(says) });
    expect(stdout).toBe('');
    expect(stderr.trim().split('\n').length).toBeLessThanOrEqual(3);
    expect(stderr).not.toMatch(/ {4}at |internal error|node:/);
  }

  it('an unknown flag, with the one that was meant', async () => {
    expectUsage(await hemostat('diagnose', '--windw', '5s', 'h:1'), /unknown option '--windw'[\s\S]*--window/);
    expectUsage(await hemostat('capture', '--snapshot', '5', 'h:1'), /unknown option '--snapshot'[\s\S]*--snapshots/);
    expectUsage(await hemostat('show', '--nonsense', 'x'), /unknown option '--nonsense'/);
  });

  it('an unknown command, with the one that was meant', async () => {
    expectUsage(await hemostat('diagnos', 'h:1'), /unknown command 'diagnos'[\s\S]*diagnose/);
  });

  it('values that cannot be', async () => {
    expectSentence(
      await hemostat('diagnose', 'h:1', '--window', 'soon'),
      2,
      /--window: "soon" is not a duration; write it like 20s, 5m or 1h30m/,
    );
    expectSentence(
      await hemostat('diagnose', 'h:1', '--snapshots', '1'),
      2,
      /--snapshots: "1" is not a whole number from 2/,
    );
    expectSentence(await hemostat('diagnose', 'h:1', '--header', 'secret'), 2, /--header: write it like 'Name: value'/);
    expectSentence(
      await hemostat('diagnose', 'h:1', '--cacert', '/no/such.pem'),
      2,
      /--cacert: \/no\/such\.pem cannot be read \(ENOENT\)/,
    );
    expectSentence(await hemostat('diagnose', 'h:1', '--cert', 'x.pem'), 2, /--cert and --key go together/);
    expectSentence(await hemostat('diagnose', 'h:1', '--user', 'ann'), 2, /--user has no password/);
    expectSentence(await hemostat('capture', 'h:1'), 2, /capture needs -o DIR/);
  });

  it('no target, half a target, two targets', async () => {
    expectSentence(await hemostat('diagnose'), 2, /no target given/);
    expectSentence(await hemostat('diagnose', '--'), 2, /no command after --/);
    expectSentence(await hemostat('diagnose', 'orders'), 2, /"orders" is no target; give a URL/);
    expectSentence(await hemostat('diagnose', 'http://a:1', 'http://b:1'), 2, /only one target at a time/);
    expectSentence(await hemostat('diagnose', 'h:1', '--', 'sh'), 2, /give either a target \(h:1\) or a command/);
  });
});
