/** CEL with the functions that Kubernetes adds to it: quantities, addresses, URLs, regular expressions, lists. */
import { BlockList, isIP } from 'node:net';
import { Environment } from '@marcbachmann/cel-js';
import { quantityOf } from '../../manifests/quantity.ts';

class Quantity {
  readonly number: number;
  constructor(number: number) {
    this.number = number;
  }
}

class Address {
  readonly text: string;
  readonly family: 4 | 6;
  constructor(text: string, family: 4 | 6) {
    this.text = text;
    this.family = family;
  }
}

class Network {
  readonly address: Address;
  readonly bits: number;
  constructor(address: Address, bits: number) {
    this.address = address;
    this.bits = bits;
  }
}

/** Variables of a ValidatingAdmissionPolicy (admissionregistration.k8s.io/v1); `authorizer` needs a live cluster and is not there. */
const VARIABLES = ['object', 'oldObject', 'request', 'params', 'namespaceObject', 'variables'];

export function kubernetesCel(): Environment {
  const env = new Environment({
    unlistedVariablesAreDyn: false,
    homogeneousAggregateLiterals: false,
    enableOptionalTypes: true,
    limits: { maxAstNodes: 20_000, maxDepth: 200, maxListElements: 5000, maxMapEntries: 5000, maxCallArguments: 64 },
  });
  for (const name of VARIABLES) env.registerVariable(name, 'dyn');
  quantities(env);
  addresses(env);
  texts(env);
  lists(env);
  return env;
}

function quantities(env: Environment): void {
  const read = (text: string): Quantity => {
    const number = quantityOf(text);
    if (number === null) throw new Error(`${JSON.stringify(text.slice(0, 60))} is no quantity`);
    return new Quantity(number);
  };
  env.registerType('Quantity', { ctor: Quantity, fields: {} });
  env.registerFunction('quantity(string): Quantity', read);
  env.registerFunction('isQuantity(string): bool', (text: string) => quantityOf(text) !== null);
  env.registerFunction('Quantity.isGreaterThan(Quantity): bool', (a: Quantity, b: Quantity) => a.number > b.number);
  env.registerFunction('Quantity.isLessThan(Quantity): bool', (a: Quantity, b: Quantity) => a.number < b.number);
  env.registerFunction('Quantity.compareTo(Quantity): int', (a: Quantity, b: Quantity) =>
    BigInt(Math.sign(a.number - b.number)),
  );
  env.registerFunction('Quantity.sign(): int', (a: Quantity) => BigInt(Math.sign(a.number)));
  env.registerFunction('Quantity.isInteger(): bool', (a: Quantity) => Number.isSafeInteger(a.number));
  env.registerFunction('Quantity.asInteger(): int', (a: Quantity) => {
    if (!Number.isSafeInteger(a.number)) throw new Error('the quantity is no integer');
    return BigInt(a.number);
  });
  env.registerFunction('Quantity.asApproximateFloat(): double', (a: Quantity) => a.number);
  env.registerFunction(
    'Quantity.add(Quantity): Quantity',
    (a: Quantity, b: Quantity) => new Quantity(a.number + b.number),
  );
  env.registerFunction(
    'Quantity.sub(Quantity): Quantity',
    (a: Quantity, b: Quantity) => new Quantity(a.number - b.number),
  );
  env.registerFunction('Quantity.add(int): Quantity', (a: Quantity, b: bigint) => new Quantity(a.number + Number(b)));
  env.registerFunction('Quantity.sub(int): Quantity', (a: Quantity, b: bigint) => new Quantity(a.number - Number(b)));
}

/** As Kubernetes reads it: no zone, and no IPv4 written as IPv6. */
function addressOf(text: string): Address | null {
  const family = isIP(text);
  if ((family !== 4 && family !== 6) || text.includes('%') || (family === 6 && text.includes('.'))) return null;
  return new Address(text, family);
}

function networkOf(text: string): Network | null {
  const [before = '', bits = ''] = text.split('/');
  const address = addressOf(before);
  if (address === null || text.split('/').length !== 2 || !/^\d{1,3}$/.test(bits)) return null;
  return Number(bits) > (address.family === 4 ? 32 : 128) ? null : new Network(address, Number(bits));
}

function holds(network: Network, address: Address): boolean {
  if (network.address.family !== address.family) return false;
  const list = new BlockList();
  list.addSubnet(network.address.text, network.bits, network.address.family === 4 ? 'ipv4' : 'ipv6');
  return list.check(address.text, address.family === 4 ? 'ipv4' : 'ipv6');
}

function within(address: Address, ...networks: string[]): boolean {
  return networks.some((text) => {
    const network = networkOf(text);
    return network !== null && holds(network, address);
  });
}

function addresses(env: Environment): void {
  const readAddress = (text: string): Address => {
    const address = addressOf(text);
    if (address === null) throw new Error(`${JSON.stringify(text.slice(0, 60))} is no IP address`);
    return address;
  };
  const readNetwork = (text: string): Network => {
    const network = networkOf(text);
    if (network === null) throw new Error(`${JSON.stringify(text.slice(0, 60))} is no CIDR`);
    return network;
  };
  env.registerType('IP', { ctor: Address, fields: {} });
  env.registerType('CIDR', { ctor: Network, fields: {} });
  env.registerFunction('ip(string): IP', readAddress);
  env.registerFunction('isIP(string): bool', (text: string) => addressOf(text) !== null);
  env.registerFunction('cidr(string): CIDR', readNetwork);
  env.registerFunction('isCIDR(string): bool', (text: string) => networkOf(text) !== null);
  env.registerFunction('IP.family(): int', (a: Address) => BigInt(a.family));
  env.registerFunction('IP.isLoopback(): bool', (a: Address) => within(a, '127.0.0.0/8', '::1/128'));
  env.registerFunction('IP.isUnspecified(): bool', (a: Address) => within(a, '0.0.0.0/32', '::/128'));
  env.registerFunction('IP.isLinkLocalUnicast(): bool', (a: Address) => within(a, '169.254.0.0/16', 'fe80::/10'));
  env.registerFunction('CIDR.containsIP(string): bool', (n: Network, text: string) => holds(n, readAddress(text)));
  env.registerFunction('CIDR.containsIP(IP): bool', holds);
  const covers = (n: Network, inner: Network): boolean => inner.bits >= n.bits && holds(n, inner.address);
  env.registerFunction('CIDR.containsCIDR(string): bool', (n: Network, text: string) => covers(n, readNetwork(text)));
  env.registerFunction('CIDR.containsCIDR(CIDR): bool', covers);
  env.registerFunction('CIDR.prefixLength(): int', (n: Network) => BigInt(n.bits));
  env.registerFunction('CIDR.ip(): IP', (n: Network) => n.address);
  env.registerType('URL', { ctor: URL, fields: {} });
  env.registerFunction('url(string): URL', (text: string) => new URL(text));
  env.registerFunction('isURL(string): bool', (text: string) => URL.canParse(text));
  env.registerFunction('URL.getScheme(): string', (u: URL) => u.protocol.slice(0, -1));
  env.registerFunction('URL.getHost(): string', (u: URL) => u.host);
  env.registerFunction('URL.getHostname(): string', (u: URL) => u.hostname);
  env.registerFunction('URL.getPort(): string', (u: URL) => u.port);
  env.registerFunction('URL.getEscapedPath(): string', (u: URL) => u.pathname);
}

function texts(env: Environment): void {
  const all = (text: string, pattern: string): string[] =>
    [...text.matchAll(new RegExp(pattern, 'gu'))].map(([hit]) => hit);
  env.registerFunction(
    'string.find(string): string',
    (text: string, pattern: string) => new RegExp(pattern, 'u').exec(text)?.[0] ?? '',
  );
  env.registerFunction('matches(string, string): bool', (text: string, pattern: string) =>
    new RegExp(pattern, 'u').test(text),
  );
  env.registerFunction('string.findAll(string): list<string>', all);
  env.registerFunction('string.replace(string, string): string', (text: string, a: string, b: string) =>
    text.replaceAll(a, () => b),
  );
  const known = new Set(env.getDefinitions().functions.map(({ name }) => name));
  const add = (name: string, run: (text: string) => string): void => {
    if (!known.has(name)) env.registerFunction(`string.${name}(): string`, run);
  };
  add('lowerAscii', (text) => text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase()));
  add('upperAscii', (text) => text.replace(/[a-z]+/g, (letters) => letters.toUpperCase()));
  add('trim', (text) => text.trim());
}

function lists(env: Environment): void {
  const index = (list: readonly unknown[], item: unknown): bigint => BigInt(list.indexOf(item));
  env.registerFunction('list.indexOf(dyn): int', index);
  env.registerFunction('list.lastIndexOf(dyn): int', (list: readonly unknown[], item: unknown) =>
    BigInt(list.lastIndexOf(item)),
  );
  env.registerFunction('list.isSorted(): bool', (list: readonly (string | number | bigint)[]) =>
    list.every((item, i) => i === 0 || (list[i - 1] ?? item) <= item),
  );
  env.registerFunction('list.sum(): dyn', (list: readonly (number | bigint)[]) => {
    if (list.every((item) => typeof item === 'bigint')) return list.reduce((a, b) => a + b, 0n);
    return list.reduce<number>((a, b) => a + Number(b), 0);
  });
  const extreme = (list: readonly (number | bigint | string)[], smaller: boolean): unknown => {
    if (list.length === 0) throw new Error('the list is empty');
    return list.reduce((a, b) => (b < a === smaller ? b : a));
  };
  env.registerFunction('list.min(): dyn', (list: readonly (number | bigint | string)[]) => extreme(list, true));
  env.registerFunction('list.max(): dyn', (list: readonly (number | bigint | string)[]) => extreme(list, false));
}

/** Data as CEL has it: whole numbers are `int`, which the library keeps as bigint. */
export function celValue(value: unknown): unknown {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (Array.isArray(value)) return value.map(celValue);
  if (typeof value !== 'object' || value === null) return value;
  // Object.fromEntries defines its keys, __proto__ too.
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, celValue(each)]));
}
