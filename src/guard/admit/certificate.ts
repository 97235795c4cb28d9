/** The server's certificate, read again when its files change: cert-manager renews it while the server runs. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { type FSWatcher, readFileSync, watch } from 'node:fs';
import { dirname } from 'node:path';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import { GuardUsageError, messageOf, reasonOf } from '../error.ts';

export interface CertificateFiles {
  readonly certificate: string;
  readonly key: string;
  readonly 'client-ca'?: string | undefined;
}

export interface CertificateHooks {
  /** A new pair that can be used. */
  readonly onChange: (options: SecureContextOptions, notAfter: Date) => void;
  /** A pair that cannot be used; the old one stays. One sentence. */
  readonly onBroken: (says: string) => void;
}

interface Read {
  readonly options: SecureContextOptions;
  readonly notAfter: Date;
  readonly fingerprint: string;
}

/** Secrets are swapped by a symbolic link that a watch may miss; and nothing is watched on some file systems. */
const POLL_MS = 10_000;
/** Certificate and key are two files: the second may come a moment later, ms. */
const SETTLE_MS = 200;

export class Certificate {
  readonly #files: CertificateFiles;
  readonly #hooks: CertificateHooks;
  readonly #watchers: FSWatcher[] = [];
  readonly #poll: NodeJS.Timeout;
  #settle: NodeJS.Timeout | null = null;
  #now: Read;
  /** The last thing said about a broken pair, so that it is said once. */
  #broken = '';

  /** @throws GuardUsageError where the pair cannot be used */
  constructor(files: CertificateFiles, hooks: CertificateHooks, pollMs = POLL_MS) {
    this.#files = files;
    this.#hooks = hooks;
    this.#now = readPair(files);
    for (const dir of new Set(
      Object.values(files).flatMap((file) => (typeof file === 'string' ? [dirname(file)] : [])),
    )) {
      try {
        const watcher = watch(dir, { persistent: false }, () => this.#soon());
        // What cannot be watched is polled.
        watcher.on('error', () => watcher.close());
        this.#watchers.push(watcher);
      } catch {}
    }
    this.#poll = setInterval(() => this.check(), pollMs);
    this.#poll.unref();
  }

  get options(): SecureContextOptions {
    return this.#now.options;
  }

  get notAfter(): Date {
    return this.#now.notAfter;
  }

  /** Reads the files, and takes them where they changed and can be used. */
  check(): void {
    let read: Read;
    try {
      read = readPair(this.#files);
    } catch (error) {
      const says = messageOf(error);
      if (says !== this.#broken) this.#hooks.onBroken(says);
      this.#broken = says;
      return;
    }
    this.#broken = '';
    if (read.fingerprint === this.#now.fingerprint) return;
    this.#now = read;
    this.#hooks.onChange(read.options, read.notAfter);
  }

  close(): void {
    clearInterval(this.#poll);
    if (this.#settle !== null) clearTimeout(this.#settle);
    for (const watcher of this.#watchers) watcher.close();
  }

  #soon(): void {
    this.#settle ??= setTimeout(() => {
      this.#settle = null;
      this.check();
    }, SETTLE_MS).unref();
  }
}

/** @throws GuardUsageError with one sentence; nothing of a key is repeated */
function readPair(files: CertificateFiles): Read {
  const certificate = readText(files.certificate, 'tls.certificate');
  const key = readText(files.key, 'tls.key');
  const ca = files['client-ca'] === undefined ? null : readText(files['client-ca'], 'tls.client-ca');
  let leaf: X509Certificate;
  try {
    leaf = new X509Certificate(certificate);
  } catch {
    throw new GuardUsageError(`tls.certificate ${files.certificate} holds no certificate in PEM form`);
  }
  let fits: boolean;
  try {
    fits = leaf.checkPrivateKey(createPrivateKey(key));
  } catch {
    throw new GuardUsageError(`tls.key ${files.key} holds no private key in PEM form without a password`);
  }
  if (!fits) throw new GuardUsageError(`tls.key ${files.key} is not the key of ${files.certificate}`);
  const options: SecureContextOptions = {
    cert: certificate,
    key,
    minVersion: 'TLSv1.2',
    ...(ca === null ? {} : { ca }),
  };
  try {
    createSecureContext(options);
  } catch (error) {
    throw new GuardUsageError(`tls.certificate ${files.certificate} cannot be used: ${messageOf(error)}`);
  }
  return { options, notAfter: leaf.validToDate, fingerprint: `${certificate}\n${key}\n${ca}` };
}

function readText(file: string, name: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new GuardUsageError(`${name} ${file} cannot be read (${reasonOf(error)}); check the path`);
  }
}
