/** A TUF repository in a directory-shaped map: one key for all roles, and the targets that it is given (TUF 1.0, no consistent snapshots). */
import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { createServer } from 'node:http';

export interface TufRepository {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /** The root.json that clients have to be given. */
  readonly root: string;
  /** Files by path; may be changed to attack. */
  readonly files: Map<string, string>;
  close(): Promise<void>;
}

const EXPIRES = '2049-01-01T00:00:00Z';

/** @param targets contents by name */
export async function startTufRepository(targets: Readonly<Record<string, string>>): Promise<TufRepository> {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const key = {
    keytype: 'ed25519',
    keyval: { public: publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('hex') },
    scheme: 'ed25519',
  };
  const keyid = sha256(canonical(key));
  const signed = (type: string, content: object): string => {
    const body = { _type: type, expires: EXPIRES, spec_version: '1.0.31', version: 1, ...content };
    return JSON.stringify({
      signatures: [{ keyid, sig: sign(null, Buffer.from(canonical(body)), privateKey).toString('hex') }],
      signed: body,
    });
  };
  const described = (text: string) => ({ hashes: { sha256: sha256(text) }, length: Buffer.byteLength(text) });
  const role = { keyids: [keyid], threshold: 1 };
  const root = signed('root', {
    consistent_snapshot: false,
    keys: { [keyid]: key },
    roles: { root: role, snapshot: role, targets: role, timestamp: role },
  });
  const list = signed('targets', {
    targets: Object.fromEntries(Object.entries(targets).map(([name, text]) => [name, described(text)])),
  });
  const snapshot = signed('snapshot', { meta: { 'targets.json': { ...described(list), version: 1 } } });
  const timestamp = signed('timestamp', { meta: { 'snapshot.json': { ...described(snapshot), version: 1 } } });
  const files = new Map([
    ['/targets.json', list],
    ['/snapshot.json', snapshot],
    ['/timestamp.json', timestamp],
    ...Object.entries(targets).map(([name, text]): [string, string] => [`/targets/${name}`, text]),
  ]);
  const server = createServer((request, response) => {
    const found = files.get(decodeURIComponent(new URL(request.url ?? '/', 'http://x').pathname));
    response.writeHead(found === undefined ? 404 : 200).end(found);
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the repository has no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    root,
    files,
    async close() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** OLPC canonical JSON, for what stands in here: sorted keys, no blanks, plain strings. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([key, item]) => `${JSON.stringify(key)}:${canonical(item)}`).join(',')}}`;
}
