/** Address blocks of NetworkPolicies: IPv4 and IPv6, as numbers. */
import { isIPv4, isIPv6 } from 'node:net';

export interface Address {
  readonly bits: 32 | 128;
  readonly value: bigint;
}

export interface Block {
  readonly bits: 32 | 128;
  readonly value: bigint;
  readonly prefix: number;
}

/** Null for what is no address. */
export function readAddress(text: string): Address | null {
  if (isIPv4(text)) {
    return { bits: 32, value: text.split('.').reduce((sum, part) => sum * 256n + BigInt(part), 0n) };
  }
  if (!isIPv6(text) || text.includes('%')) return null;
  let words = text;
  const dotted = /(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(text);
  if (dotted !== null) {
    const [all, a = '0', b = '0', c = '0', d = '0'] = dotted;
    const high = (Number(a) * 256 + Number(b)).toString(16);
    words = `${text.slice(0, -all.length)}${high}:${(Number(c) * 256 + Number(d)).toString(16)}`;
  }
  const [left = '', right] = words.split('::');
  const head = left === '' ? [] : left.split(':');
  const tail = right === undefined || right === '' ? [] : right.split(':');
  const zeros = right === undefined ? 0 : 8 - head.length - tail.length;
  const all = [...head, ...Array.from({ length: zeros }, () => '0'), ...tail];
  return { bits: 128, value: all.reduce((sum, word) => sum * 65_536n + BigInt(`0x${word}`), 0n) };
}

/** Null for what is no CIDR. */
export function readBlock(text: string): Block | null {
  const [address = '', prefix = ''] = text.split('/');
  const read = readAddress(address);
  if (read === null || !/^\d{1,3}$/.test(prefix) || Number(prefix) > read.bits) return null;
  return { ...read, prefix: Number(prefix) };
}

export function contains(block: Block, address: Address): boolean {
  if (block.bits !== address.bits) return false;
  const shift = BigInt(block.bits - block.prefix);
  return block.value >> shift === address.value >> shift;
}

/** Whether nothing outside of private, loopback and link-local ranges is in the block: it is not the world. */
export function isPrivate(block: Block): boolean {
  return PRIVATE.some((range) => range.bits === block.bits && range.prefix <= block.prefix && contains(range, block));
}

const PRIVATE: readonly Block[] = [
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '100.64.0.0/10',
  'fc00::/7',
  'fe80::/10',
  '::1/128',
].flatMap((text) => readBlock(text) ?? []);
