/** Credentials and transport as the file names them → HttpOptions. Secrets come from files and the environment only. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { headerOf, isPem, isToken } from '../../collect/credentials.ts';
import { unreadable } from '../../collect/error.ts';
import type { HttpOptions } from '../../collect/http.ts';
import type { YamlSource } from '../../findings/yaml-file.ts';
import { DEFAULT_TIMEOUT_MS } from './defaults.ts';
import { type Mistake, mistakeAt, nameOf } from './mistakes.ts';
import type { ClientConfig } from './schema.ts';
import { durationMs } from './units.ts';

type Path = readonly PropertyKey[];

/** Reads what the file refers to, and collects what is wrong with it. */
export class References {
  readonly mistakes: Mistake[] = [];
  readonly #source: YamlSource;
  /** Relative paths are relative to the configuration file. */
  readonly #dir: string;
  readonly #env: NodeJS.ProcessEnv;

  constructor(source: YamlSource, dir: string, env: NodeJS.ProcessEnv) {
    this.#source = source;
    this.#dir = dir;
    this.#env = env;
  }

  /** Notes a mistake; `says` goes on from the name of the key. */
  wrong(path: Path, says: string): void {
    this.mistakes.push(mistakeAt(this.#source, path, `${nameOf(path)} ${says}`));
  }

  path(file: string): string {
    return resolve(this.#dir, file);
  }

  /** Content of a file, or '' with a mistake noted. */
  file(file: string, path: Path): string {
    try {
      return readFileSync(this.path(file), 'utf8');
    } catch (error) {
      this.wrong(path, `names ${this.path(file)}, which ${unreadable(error)}`);
      return '';
    }
  }

  /** A secret of one line from a file or, as `${NAME}`, from the environment; undefined where neither is named. */
  secret(
    file: string | undefined,
    reference: string | undefined,
    path: Path,
    [fileKey, key]: readonly [string, string],
  ): string | undefined {
    if (file !== undefined && reference !== undefined) {
      this.wrong([...path, key], `cannot stand beside ${fileKey}: give one of them`);
      return undefined;
    }
    if (file !== undefined) {
      const before = this.mistakes.length;
      const value = this.file(file, [...path, fileKey]).trim();
      if (value === '' && this.mistakes.length === before)
        this.wrong([...path, fileKey], `names ${this.path(file)}, which is empty`);
      return value;
    }
    if (reference === undefined) return undefined;
    const name = reference.slice(2, -1);
    const value = (this.#env[name] ?? '').trim();
    if (value === '') this.wrong([...path, key], `names the environment variable ${name}, which is not set`);
    return value;
  }

  /** A bearer token; undefined without one or where it is wrong. */
  token(
    file: string | undefined,
    reference: string | undefined,
    path: Path,
    keys: readonly [string, string],
  ): string | undefined {
    const token = this.secret(file, reference, path, keys);
    if (token === undefined || token === '') return undefined;
    if (isToken(token)) return token;
    const key = file !== undefined ? keys[0] : keys[1];
    this.wrong([...path, key], 'has a token with spaces or other characters that no header may hold');
    return undefined;
  }

  http(config: ClientConfig, path: Path, timeoutMs: number = DEFAULT_TIMEOUT_MS): HttpOptions {
    const { basic_auth: basic, tls_config: tls } = config;
    const bearer = this.token(config.bearer_token_file, config.bearer_token, path, [
      'bearer_token_file',
      'bearer_token',
    ]);
    if (basic !== undefined && (config.bearer_token_file ?? config.bearer_token) !== undefined)
      this.wrong([...path, 'basic_auth'], 'cannot stand beside a bearer token: give one of them');
    const password =
      basic === undefined
        ? undefined
        : this.secret(basic.password_file, basic.password, [...path, 'basic_auth'], ['password_file', 'password']);
    if (basic !== undefined && (basic.password_file ?? basic.password) === undefined)
      this.wrong([...path, 'basic_auth'], 'has no password: name a file with it in password_file');
    if ((tls?.cert_file === undefined) !== (tls?.key_file === undefined))
      this.wrong([...path, 'tls_config'], 'must have both cert_file and key_file, or none of them');
    const ca = this.#pem(tls?.ca_file, [...path, 'tls_config', 'ca_file']);
    const cert = this.#pem(tls?.cert_file, [...path, 'tls_config', 'cert_file']);
    const key = this.#pem(tls?.key_file, [...path, 'tls_config', 'key_file']);
    return {
      headers: this.#headers(config.headers_file, [...path, 'headers_file']),
      insecure: tls?.insecure_skip_verify ?? false,
      timeoutMs: this.timeout(config.timeout, [...path, 'timeout'], timeoutMs),
      ...(bearer === undefined ? {} : { bearer }),
      ...(basic === undefined ? {} : { user: { name: basic.username, password: password ?? '' } }),
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
    };
  }

  timeout(text: string | undefined, path: Path, byDefault: number): number {
    if (text === undefined) return byDefault;
    return this.duration(text, path, 1, 3_600_000);
  }

  /** A duration between two bounds, ms. */
  duration(text: string, path: Path, least: number, most: number): number {
    const ms = durationMs(text);
    if (ms < least || ms > most) this.wrong(path, `must be between ${shown(least)} and ${shown(most)} and not ${text}`);
    return ms;
  }

  #pem(file: string | undefined, path: Path): string | undefined {
    if (file === undefined) return undefined;
    const before = this.mistakes.length;
    const text = this.file(file, path);
    if (this.mistakes.length === before && !isPem(text))
      this.wrong(path, `names ${this.path(file)}, which is not PEM; convert it with openssl`);
    return text;
  }

  #headers(file: string | undefined, path: Path): (readonly [string, string])[] {
    if (file === undefined) return [];
    const lines = this.file(file, path).split(/\r?\n/);
    return lines.flatMap((line, i) => {
      if (line.trim() === '' || line.startsWith('#')) return [];
      const header = headerOf(line);
      if (header !== null) return [header];
      this.wrong(path, `names ${this.path(file)}, whose line ${i + 1} is no header; write it like Name: value`);
      return [];
    });
  }
}

function shown(ms: number): string {
  for (const [unit, size] of [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['m', 60_000],
    ['s', 1000],
  ] as const)
    if (ms >= size && ms % size === 0) return `${ms / size}${unit}`;
  return `${ms}ms`;
}
