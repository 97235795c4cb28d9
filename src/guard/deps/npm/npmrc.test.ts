import { expect, test } from 'vitest';
import { authorization, npmrcFromEnv, readNpmrc, registryOf } from './npmrc.ts';

const ENV = { TOKEN: 't0ken', EMPTY: '' };
/** `${NAME}` as a file has it. */
const variable = (name: string): string => `\${${name}}`;

test('lines are read as npm reads them', () => {
  const text = [
    '\uFEFFregistry = https://r.example/npm',
    '; a comment',
    '# another',
    '[section]',
    '@a:registry="https://a.example/"  ',
    `//r.example/:_authToken=${variable('TOKEN')}`,
    `missing=${variable('NOPE')}-${variable('NOPE?')}`,
    `escaped=\\${variable('TOKEN')}`,
    'password=a#b;c # said later',
    'flag',
  ].join('\r\n');
  expect(Object.fromEntries(readNpmrc(text, ENV))).toEqual({
    registry: 'https://r.example/npm',
    '@a:registry': 'https://a.example/',
    '//r.example/:_authToken': 't0ken',
    missing: `${variable('NOPE')}-`,
    escaped: variable('TOKEN'),
    password: 'a#b;c',
  });
});

test('the registry is that of the scope, settings before files, without credentials', () => {
  const npmrc = new Map([
    ['registry', 'https://user:secret@r.example/npm?x=1'],
    ['@a:registry', 'https://a.example/'],
    ['@b:registry', 'javascript:0'],
  ]);
  expect(registryOf('x', npmrc, {}).url).toBe('https://r.example/npm/');
  expect(registryOf('@a/x', npmrc, {}).url).toBe('https://a.example/');
  expect(registryOf('@c/x', npmrc, {}).url).toBe('https://r.example/npm/');
  expect(registryOf('@a/x', npmrc, { '@a': 'https://set.example' }).url).toBe('https://set.example/');
  expect(registryOf('@a/x', npmrc, { default: 'https://set.example' }).url).toBe('https://a.example/');
  expect(registryOf('x', new Map(), {}).url).toBe('https://registry.npmjs.org/');
  expect(registryOf('@b/x', npmrc, {}).problem).toContain('no http or https address');
});

test('credentials go to the address that they are for, and to no other', () => {
  const npmrc = new Map([
    ['//r.example/npm/:_authToken', 'deep'],
    ['//r.example/:username', 'u'],
    ['//r.example/:_password', Buffer.from('p').toString('base64')],
    ['//r.example:8443/:_auth', 'dTpw'],
    ['_authToken', 'global'],
  ]);
  expect(authorization('https://r.example/npm/a/1.0.0', npmrc)).toBe('Bearer deep');
  expect(authorization('https://r.example/other/a', npmrc)).toBe(`Basic ${Buffer.from('u:p').toString('base64')}`);
  expect(authorization('https://r.example:8443/a', npmrc)).toBe('Basic dTpw');
  expect(authorization('https://r.example.evil/npm/a', npmrc)).toBeNull();
  expect(authorization('https://other.example/npm/a', npmrc)).toBeNull();
});

test('the environment is read as npm reads it', () => {
  const env = {
    npm_config_registry: 'https://e.example/',
    NPM_CONFIG_USERCONFIG: '/x',
    npm_config_min_release_age: '3',
    npm_config_empty: '',
    'npm_config_//h/:_authToken': 'x',
    '': 'no',
  };
  expect(Object.fromEntries(npmrcFromEnv(env))).toEqual({
    registry: 'https://e.example/',
    userconfig: '/x',
    'min-release-age': '3',
    '//h/:_authToken': 'x',
  });
});
