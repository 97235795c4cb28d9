import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { credentialsOf } from './credentials.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'hemostat-home-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

function write(path: string, value: unknown): string {
  const file = join(home, path);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, typeof value === 'string' ? value : JSON.stringify(value));
  return file;
}

function helper(name: string, script: string): string {
  const file = write(`bin/docker-credential-${name}`, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
  return `${join(home, 'bin')}:${process.env.PATH}`;
}

const auth = (text: string): { auth: string } => ({ auth: Buffer.from(text).toString('base64') });

describe('credentialsOf', () => {
  it('knows nobody where there is nothing', async () => {
    expect(await credentialsOf({ HOME: home })('registry.example', 'a')).toBeNull();
  });

  it("reads docker's file, Docker Hub's odd key and identity tokens", async () => {
    write('.docker/config.json', {
      auths: {
        'registry.example:5000': auth('ann:p:w'),
        'https://index.docker.io/v1/': auth('hub:x'),
        'https://old.example': { username: 'bob', password: 'y' },
        'token.example': { ...auth('<token>:'), identitytoken: 'refresh' },
      },
    });
    const of = credentialsOf({ HOME: home });
    expect(await of('registry.example:5000', 'a')).toEqual({ user: 'ann', password: 'p:w' });
    expect(await of('docker.io', 'library/alpine')).toEqual({ user: 'hub', password: 'x' });
    expect(await of('old.example', 'a')).toEqual({ user: 'bob', password: 'y' });
    expect(await of('token.example', 'a')).toEqual({ identityToken: 'refresh' });
    expect(await of('registry.example', 'a')).toBeNull();
  });

  it("takes podman's most exact entry before docker's", async () => {
    const file = write('auth.json', { auths: { 'r.example': auth('all:1'), 'r.example/shop': auth('shop:2') } });
    write('.docker/config.json', { auths: { 'r.example': auth('docker:3') } });
    const of = credentialsOf({ HOME: home, REGISTRY_AUTH_FILE: file });
    expect(await of('r.example', 'shop/api')).toEqual({ user: 'shop', password: '2' });
    expect(await of('r.example', 'shopping')).toEqual({ user: 'all', password: '1' });
  });

  it('takes those of the environment for the registry that they name, and no other', async () => {
    const env = {
      HOME: home,
      HEMOSTAT_REGISTRY: 'r.example',
      HEMOSTAT_REGISTRY_USER: 'u',
      HEMOSTAT_REGISTRY_PASSWORD: 'p',
    };
    expect(await credentialsOf(env)('r.example', 'a')).toEqual({ user: 'u', password: 'p' });
    expect(await credentialsOf(env)('evil.example', 'a')).toBeNull();
  });

  it('asks helpers', async () => {
    const PATH = helper('test', 'read server; echo "{\\"Username\\":\\"of $server\\",\\"Secret\\":\\"s\\"}"');
    write('.docker/config.json', { credHelpers: { 'h.example': 'test' }, credsStore: 'none' });
    helper('none', 'echo "credentials not found in native keychain"; exit 1');
    const of = credentialsOf({ HOME: home, PATH });
    expect(await of('h.example', 'a')).toEqual({ user: 'of h.example', password: 's' });
    expect(await of('other.example', 'a')).toBeNull();
  });

  it('says what is wrong with a helper or a file, and repeats nothing of it', async () => {
    const PATH = helper('bad', 'echo "secret"');
    write('.docker/config.json', {
      credHelpers: { 'a.example': 'bad', 'b.example': 'gone', 'c.example': '../../bin/sh' },
    });
    const of = credentialsOf({ HOME: home, PATH });
    await expect(of('a.example', 'x')).rejects.toThrow(
      'docker-credential-bad answered something that is no credential',
    );
    await expect(of('b.example', 'x')).rejects.toThrow(/docker-credential-gone, .* is not installed/);
    await expect(of('c.example', 'x')).rejects.toThrow(/no proper name/);
    const file = write('broken.json', '{"auths": {"x": "secret"}}');
    const broken = credentialsOf({ HOME: home, REGISTRY_AUTH_FILE: file });
    await expect(broken('a.example', 'x')).rejects.toThrow(
      /broken.json is no file of registry credentials: log in again/,
    );
    const missing = credentialsOf({ HOME: home, REGISTRY_AUTH_FILE: join(home, 'missing.json') });
    await expect(missing('a.example', 'x')).rejects.toThrow(/cannot be read/);
  });
});
