/** Where a cluster is and how to speak to it: kubeconfig files (client-go's format) and the service account of a pod. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { codeOf, GuardEvidenceError, GuardUsageError, reasonOf } from '../error.ts';
import type { OriginOptions } from '../http/origin.ts';
import { isRecord, textOf } from '../json/values.ts';
import { plainValue, treeOf } from './document.ts';
import { ManifestError } from './manifest-error.ts';
import { decodeText } from './parse.ts';

type Fields = Readonly<Record<string, unknown>>;

/** How one cluster is spoken to. Holds credentials: never printed. */
export interface ClusterAccess {
  /** `https://host:port` with the path, without a slash at its end. */
  readonly server: string;
  /** Name of the context; `in-cluster` for a pod. */
  readonly name: string;
  readonly options: OriginOptions;
}

export interface AccessRequest {
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
  readonly insecure: boolean;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** For a credential plug-in, ms: some open a browser, which CI has none of. */
const PLUGIN_MS = 60_000;
const POD_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

/** Several kubeconfigs are one, the first that has a name wins (as in kubectl). */
export interface Kubeconfig {
  readonly current: string;
  readonly contexts: ReadonlyMap<string, Fields>;
  readonly clusters: ReadonlyMap<string, { readonly value: Fields; readonly folder: string }>;
  readonly users: ReadonlyMap<string, { readonly value: Fields; readonly folder: string }>;
}

/** @throws GuardUsageError for what is wrong in the file, GuardEvidenceError for what cannot be read or run */
export async function clusterAccess(request: AccessRequest): Promise<ClusterAccess> {
  const { env, cwd } = request;
  const named =
    request.kubeconfig ?? (env.KUBECONFIG === undefined || env.KUBECONFIG === '' ? undefined : env.KUBECONFIG);
  const files =
    request.kubeconfig !== undefined
      ? [resolve(cwd, request.kubeconfig)]
      : (named?.split(delimiter).filter((file) => file !== '') ?? [join(env.HOME ?? homedir(), '.kube', 'config')]);
  const texts: { file: string; text: string }[] = [];
  for (const file of files) {
    const bytes = await readFile(file).catch((error: unknown) => {
      const code = codeOf(error);
      // kubectl passes over files of $KUBECONFIG that are not there.
      if (code === 'ENOENT' && request.kubeconfig === undefined) return null;
      if (code === 'ENOENT') throw new GuardUsageError(`There is no ${file}: name a kubeconfig.`);
      throw new GuardEvidenceError(`${file} could not be read (${reasonOf(error)}): check its permissions.`);
    });
    if (bytes !== null) texts.push({ file, text: decodeText(bytes) });
  }
  if (texts.length === 0) return podAccess(request);
  return accessOf(parseKubeconfig(texts), request);
}

/** Reads and merges kubeconfigs. Nothing of their values stands in an error. @throws GuardUsageError */
export function parseKubeconfig(texts: readonly { readonly file: string; readonly text: string }[]): Kubeconfig {
  let current = '';
  const contexts = new Map<string, Fields>();
  const clusters = new Map<string, { value: Fields; folder: string }>();
  const users = new Map<string, { value: Fields; folder: string }>();
  for (const { file, text } of texts) {
    let config: unknown;
    try {
      config = plainValue(treeOf(text));
    } catch (error) {
      if (!(error instanceof ManifestError)) throw error;
      const line = text.slice(0, error.offset).split('\n').length;
      // The parser's own words may quote the file.
      throw new GuardUsageError(`${file}:${line} is no valid YAML: correct the kubeconfig.`);
    }
    if (!isRecord(config)) throw new GuardUsageError(`${file} is no kubeconfig: it is not a map.`);
    if (current === '') current = textOf(config['current-context']);
    const folder = dirname(file);
    for (const [name, value] of namedOf(config.contexts, 'context')) if (!contexts.has(name)) contexts.set(name, value);
    for (const [name, value] of namedOf(config.clusters, 'cluster'))
      if (!clusters.has(name)) clusters.set(name, { value, folder });
    for (const [name, value] of namedOf(config.users, 'user')) if (!users.has(name)) users.set(name, { value, folder });
  }
  return { current, contexts, clusters, users };
}

function namedOf(list: unknown, key: string): [string, Fields][] {
  if (!Array.isArray(list)) return [];
  return list.flatMap((item: unknown): [string, Fields][] => {
    if (!isRecord(item)) return [];
    const value = item[key];
    return isRecord(value) ? [[textOf(item.name), value]] : [];
  });
}

async function accessOf(config: Kubeconfig, request: AccessRequest): Promise<ClusterAccess> {
  const name = request.context ?? config.current;
  const context = config.contexts.get(name);
  if (context === undefined) {
    const known = [...config.contexts.keys()].slice(0, 10).join(', ');
    throw new GuardUsageError(
      `The kubeconfig has no context ${JSON.stringify(name)}: name one with --context${known === '' ? '' : ` (it has ${known})`}.`,
    );
  }
  const cluster = config.clusters.get(textOf(context.cluster));
  if (cluster === undefined)
    throw new GuardUsageError(
      `The context ${name} names the cluster ${JSON.stringify(textOf(context.cluster))}, which the kubeconfig does not have.`,
    );
  const server = textOf(cluster.value.server).replace(/\/+$/, '');
  if (!URL.canParse(server) || !/^https?:$/.test(new URL(server).protocol))
    throw new GuardUsageError(`The cluster of the context ${name} has no server that is an https address.`);
  const { username, password } = new URL(server);
  if (username !== '' || password !== '')
    throw new GuardUsageError(`The server of the context ${name} holds credentials: put them into its user.`);
  if (textOf(cluster.value['proxy-url']) !== '')
    throw new GuardUsageError(
      `The cluster of the context ${name} has a proxy-url, which is not supported: set HTTPS_PROXY.`,
    );
  const skips = cluster.value['insecure-skip-tls-verify'] === true;
  if (skips && !request.insecure)
    throw new GuardUsageError(
      `The context ${name} does not verify the server's certificate: give its certificate-authority, or allow it with --insecure-skip-tls-verify.`,
    );
  const ca = await pemOf(cluster.value, 'certificate-authority', cluster.folder);
  const serverName = textOf(cluster.value['tls-server-name']);
  const user = config.users.get(textOf(context.user));
  const credentials =
    user === undefined ? {} : await credentialsOf(user.value, user.folder, name, request, cluster.value);
  if (new URL(server).protocol === 'http:' && Object.keys(credentials).length > 0)
    throw new GuardUsageError(
      `The server of the context ${name} is reached without TLS: its credentials are not sent there.`,
    );
  return {
    server,
    name,
    options: {
      ...(ca === '' ? {} : { ca }),
      ...(serverName === '' ? {} : { serverName }),
      ...(request.insecure ? { insecure: true } : {}),
      ...credentials,
    },
  };
}

/** A PEM from `<key>-data` (base64) or the file that `<key>` names. */
async function pemOf(value: Fields, key: string, folder: string): Promise<string> {
  const data = textOf(value[`${key}-data`]);
  if (data !== '') {
    const pem = Buffer.from(data, 'base64').toString('utf8');
    if (!pem.includes('-----BEGIN ')) throw new GuardUsageError(`${key}-data of the kubeconfig is no PEM in base64.`);
    return pem;
  }
  const file = textOf(value[key]);
  return file === '' ? '' : readSecret(resolve(folder, file));
}

async function readSecret(file: string): Promise<string> {
  return readFile(file, 'utf8').catch(() => {
    throw new GuardEvidenceError(
      `${file} could not be read, which the kubeconfig names: check that it is there and its permissions.`,
    );
  });
}

async function credentialsOf(
  user: Fields,
  folder: string,
  name: string,
  request: AccessRequest,
  cluster: Fields,
): Promise<OriginOptions> {
  if (textOf(user.as) !== '')
    throw new GuardUsageError(
      `The user of the context ${name} impersonates another, which is not supported: name a context of its own.`,
    );
  if (isRecord(user['auth-provider']))
    throw new GuardUsageError(
      `The user of the context ${name} has an auth-provider, which Kubernetes took out in 1.26: use an exec plug-in.`,
    );
  const cert = await pemOf(user, 'client-certificate', folder);
  const key = await pemOf(user, 'client-key', folder);
  const certificate = cert === '' ? {} : { cert, ...(key === '' ? {} : { key }) };
  const file = textOf(user.tokenFile);
  const token = file === '' ? textOf(user.token) : (await readSecret(resolve(folder, file))).trim();
  if (token !== '') return { ...certificate, bearer: oneLine(token, name) };
  if (isRecord(user.exec)) return { ...certificate, ...(await fromPlugin(user.exec, folder, name, request, cluster)) };
  const account = textOf(user.username);
  return account === '' ? certificate : { ...certificate, basic: { user: account, password: textOf(user.password) } };
}

/** A header has one line. */
function oneLine(token: string, name: string): string {
  if (/[^\x21-\x7e]/.test(token))
    throw new GuardUsageError(`The token of the context ${name} is no token: it has spaces or line breaks in it.`);
  return token;
}

/** Runs a credential plug-in (client.authentication.k8s.io). What it writes is never shown. */
async function fromPlugin(
  exec: Fields,
  folder: string,
  name: string,
  request: AccessRequest,
  cluster: Fields,
): Promise<OriginOptions> {
  const command = textOf(exec.command);
  const apiVersion = textOf(exec.apiVersion) || 'client.authentication.k8s.io/v1';
  if (command === '') throw new GuardUsageError(`The exec plug-in of the context ${name} has no command.`);
  const args = Array.isArray(exec.args) ? exec.args.filter((each): each is string => typeof each === 'string') : [];
  const spec = {
    interactive: false,
    ...(exec.provideClusterInfo === true
      ? {
          cluster: {
            server: textOf(cluster.server),
            'certificate-authority-data': textOf(cluster['certificate-authority-data']),
          },
        }
      : {}),
  };
  const env: Record<string, string | undefined> = {
    ...request.env,
    KUBERNETES_EXEC_INFO: JSON.stringify({ apiVersion, kind: 'ExecCredential', spec }),
  };
  if (Array.isArray(exec.env))
    for (const each of exec.env) if (isRecord(each)) env[textOf(each.name)] = textOf(each.value);
  // A path with a slash is relative to the kubeconfig, a bare name is looked for on PATH.
  const program = command.includes('/') ? resolve(folder, command) : command;
  const output = await new Promise<string>((done, fail) => {
    const options = { env, timeout: PLUGIN_MS, maxBuffer: 1024 * 1024, killSignal: 'SIGKILL' as const };
    const child = execFile(program, args, options, (error, stdout) => {
      if (error === null) return done(stdout);
      const why =
        error.code === 'ENOENT'
          ? 'it is not there'
          : error.killed === true
            ? `it took longer than ${PLUGIN_MS / 1000} s`
            : `exit code ${String(error.code)}`;
      fail(
        new GuardEvidenceError(
          `The credential plug-in ${command} of the context ${name} gave none (${why}): run it by hand.`,
        ),
      );
    });
    child.stdin?.end();
  });
  let answer: unknown;
  try {
    answer = JSON.parse(output);
  } catch {
    answer = null;
  }
  const status = isRecord(answer) && isRecord(answer.status) ? answer.status : {};
  const cert = textOf(status.clientCertificateData);
  const key = textOf(status.clientKeyData);
  const token = textOf(status.token);
  if (token === '' && cert === '')
    throw new GuardEvidenceError(
      `The credential plug-in ${command} of the context ${name} answered without a credential: run it by hand.`,
    );
  return { ...(cert === '' ? {} : { cert, key }), ...(token === '' ? {} : { bearer: oneLine(token, name) }) };
}

/** The service account of the pod that this runs in. */
async function podAccess({ env, insecure }: AccessRequest): Promise<ClusterAccess> {
  const host = env.KUBERNETES_SERVICE_HOST;
  if (host === undefined || host === '')
    throw new GuardUsageError('There is no kubeconfig, and this is no pod: name one with --kubeconfig.');
  const port = env.KUBERNETES_SERVICE_PORT ?? '443';
  const bearer = (await readSecret(join(POD_ACCOUNT, 'token'))).trim();
  const ca = await readSecret(join(POD_ACCOUNT, 'ca.crt'));
  return {
    server: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
    name: 'in-cluster',
    options: { bearer, ca, ...(insecure ? { insecure: true } : {}) },
  };
}
