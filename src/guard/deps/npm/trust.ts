/** Where trust comes from: files of the project, TUF, the registry. Each is asked once, and only when it is needed. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { TrustedRoot } from '@sigstore/protobuf-specs';
import { toTrustMaterial } from '@sigstore/verify';
import { GuardEvidenceError, GuardUsageError } from '../../error.ts';
import type { GuardContext } from '../../part.ts';
import type { NpmSettings } from '../settings.ts';
import type { RegistryClient } from './client.ts';
import { type RegistryKeys, readKeys } from './keys.ts';
import { DEFAULT_REGISTRY } from './npmrc.ts';

export class Trust {
  readonly #settings: NpmSettings;
  readonly #context: GuardContext;
  readonly #client: RegistryClient;
  readonly #keys = new Map<string, Promise<RegistryKeys>>();
  #root: Promise<TrustedRoot> | null = null;

  constructor(settings: NpmSettings, context: GuardContext, client: RegistryClient) {
    this.#settings = settings;
    this.#context = context;
    this.#client = client;
  }

  /**
   * The file alone where one is given; for the public registry TUF alone, since falling back to keys that the registry serves
   * would let whoever blocks TUF choose them; for others what the registry serves.
   * @throws GuardUsageError, GuardEvidenceError, HttpError
   */
  keysOf(registry: string): Promise<RegistryKeys> {
    const known = this.#keys.get(registry);
    if (known !== undefined) return known;
    const asked = this.#askKeys(registry);
    this.#keys.set(registry, asked);
    return asked;
  }

  /** The trusted root for attestations. @throws GuardUsageError, GuardEvidenceError */
  root(): Promise<TrustedRoot> {
    this.#root ??= this.#askRoot();
    return this.#root;
  }

  async #askKeys(registry: string): Promise<RegistryKeys> {
    const file = this.#settings['keys-file'];
    if (file !== undefined) return readKeys(await this.#readFile(file, 'keys-file'), 'file', file);
    // Offline only the cache speaks; it remembers which keys were trusted, and by whose word.
    if (this.#context.offline) return { origin: null, signing: [], attesting: [] };
    if (registry === DEFAULT_REGISTRY || this.#settings['tuf-mirror'] !== undefined) {
      const target = `${new URL(registry).host}${new URL(registry).pathname.replace(/\/$/, '')}/keys.json`;
      const text = await this.#target(target, registry !== DEFAULT_REGISTRY);
      if (text !== null) return readKeys(JSON.parse(text), 'tuf', `the TUF target ${target}`);
    }
    return this.#client.keys(registry);
  }

  async #askRoot(): Promise<TrustedRoot> {
    const file = this.#settings['trusted-root'];
    if (file !== undefined) {
      const root = usableRoot(await this.#readFile(file, 'trusted-root'));
      if (root === null) {
        throw new GuardUsageError(`trusted-root: ${file} is no sigstore trusted root (trusted_root.json).`);
      }
      return root;
    }
    if (this.#context.offline)
      throw new GuardEvidenceError('the trusted root of sigstore comes by TUF, and that needs the network');
    const root = usableRoot(JSON.parse((await this.#target('trusted_root.json', false)) ?? '{}'));
    if (root === null)
      throw new GuardEvidenceError('The trusted root that TUF gives cannot be used: pin `trusted-root`.');
    return root;
  }

  /** Null where TUF was asked and has no such target, and `optional`. @throws GuardEvidenceError */
  async #target(name: string, optional: boolean): Promise<string | null> {
    // Only where it is needed: it takes its time to load.
    const { initTUF, TUFError } = await import('@sigstore/tuf');
    const mirror = this.#settings['tuf-mirror'];
    const root = this.#settings['tuf-root'];
    const pinned = root === undefined ? null : await this.#readFile(root, 'tuf-root');
    try {
      const tuf = await initTUF({
        // A client goes on from the root that it has: another pinned root begins anew.
        cachePath: join(this.#context.cacheDir, pinned === null ? 'tuf' : `tuf-${digest(pinned)}`),
        ...(mirror === undefined ? {} : { mirrorURL: mirror }),
        ...(root === undefined ? {} : { rootPath: resolve(this.#context.cwd, root) }),
      });
      return await tuf.getTarget(name);
    } catch (error) {
      if (optional && error instanceof TUFError && error.code === 'TUF_FIND_TARGET_ERROR') return null;
      const where = mirror === undefined ? 'tuf-repo-cdn.sigstore.dev' : new URL(mirror).host;
      const why =
        error instanceof TUFError ? error.code : error instanceof Error ? error.message.slice(0, 120) : 'unknown';
      throw new GuardEvidenceError(
        `The public keys (${name}) could not be fetched from ${where} (TUF: ${why}): allow its host in the firewall or proxy, or give the keys as files: npm.keys-file and npm.trusted-root.`,
      );
    }
  }

  async #readFile(file: string, setting: string): Promise<unknown> {
    let text: string;
    try {
      text = await readFile(resolve(this.#context.cwd, file), 'utf8');
    } catch {
      throw new GuardUsageError(`${setting}: ${file} cannot be read.`);
    }
    try {
      const document: unknown = JSON.parse(text);
      return document;
    } catch {
      throw new GuardUsageError(`${setting}: ${file} is not JSON.`);
    }
  }
}

function digest(document: unknown): string {
  return createHash('sha256').update(JSON.stringify(document)).digest('hex').slice(0, 16);
}

/** Null where it is none, or names nobody: with that every attestation would look forged. */
function usableRoot(document: unknown): TrustedRoot | null {
  try {
    const root = TrustedRoot.fromJSON(document);
    const { certificateAuthorities, tlogs } = toTrustMaterial(root);
    return certificateAuthorities.length > 0 && tlogs.length > 0 ? root : null;
  } catch {
    return null;
  }
}
