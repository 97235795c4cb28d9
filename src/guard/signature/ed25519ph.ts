/**
 * Checks Ed25519ph signatures (RFC 8032 section 5.1.7 with the prehash of 5.1): what cosign makes with an Ed25519 key (seen in
 * 3.1.3), and what node:crypto cannot check. Only public values are handled, so nothing here has to take constant time; some 2 ms.
 */
import { createHash, type KeyObject } from 'node:crypto';

/** The field's prime, the group's order, the curve's constant d (RFC 8032 section 5.1). */
const P = 2n ** 255n - 19n;
const L = 2n ** 252n + 27742317777372353535851937790883648493n;
const D = 37095705934669439343138083508754565189542113879843219016388785533085940283555n;
/** A square root of -1. */
const I = power(2n, (P - 1n) / 4n);

/** Extended coordinates (X:Y:Z:T) with x = X/Z, y = Y/Z, x·y = T/Z (section 5.1.4). */
type Point = readonly [bigint, bigint, bigint, bigint];
const ZERO: Point = [0n, 1n, 1n, 0n];
const BASE = fromY(mod(4n * power(5n, P - 2n)), 0n);

/** @param key an Ed25519 public key */
export function verifyEd25519ph(key: KeyObject, bytes: Uint8Array, signature: Uint8Array): boolean {
  if (signature.length !== 64) return false;
  const encodedR = signature.subarray(0, 32);
  const s = littleEndian(signature.subarray(32));
  // A signature with s + L would hold, too, and be another one for the same bytes.
  if (s >= L) return false;
  const encodedA = publicBytes(key);
  const r = decode(encodedR);
  const a = decode(encodedA);
  if (r === null || a === null || BASE === null) return false;
  const prehash = createHash('sha512').update(bytes).digest();
  const dom2 = Buffer.concat([Buffer.from('SigEd25519 no Ed25519 collisions'), Buffer.from([1, 0])]);
  const k =
    littleEndian(createHash('sha512').update(dom2).update(encodedR).update(encodedA).update(prehash).digest()) % L;
  // Section 5.1.7: [S]B = R + [k]A, the stricter of the two equations, as [S]B + [k](-A) = R.
  return equal(sumOfTwo(BASE, s, negative(a), k), r);
}

function publicBytes(key: KeyObject): Buffer {
  // SubjectPublicKeyInfo of Ed25519 is 12 bytes of algorithm and then the key (RFC 8410).
  return key.export({ type: 'spki', format: 'der' }).subarray(-32);
}

function decode(encoded: Uint8Array): Point | null {
  const all = littleEndian(encoded);
  return fromY(all & (2n ** 255n - 1n), all >> 255n);
}

/** Section 5.1.3: x from y and its lowest bit; null where y is on no point. */
function fromY(y: bigint, sign: bigint): Point | null {
  if (y >= P) return null;
  const u = mod(y * y - 1n);
  const v = mod(D * y * y + 1n);
  let x = mod(u * v ** 3n * power(mod(u * v ** 7n), (P - 5n) / 8n));
  const check = mod(v * x * x);
  if (check === mod(-u)) x = mod(x * I);
  else if (check !== u) return null;
  if (x === 0n && sign === 1n) return null;
  if ((x & 1n) !== sign) x = P - x;
  return [x, y, 1n, mod(x * y)];
}

/** Section 5.1.4; complete, so that it also doubles. */
function add([x1, y1, z1, t1]: Point, [x2, y2, z2, t2]: Point): Point {
  const a = mod((y1 - x1) * (y2 - x2));
  const b = mod((y1 + x1) * (y2 + x2));
  const c = mod(2n * t1 * t2 * D);
  const d = mod(2n * z1 * z2);
  const e = b - a;
  const f = d - c;
  const g = d + c;
  const h = b + a;
  return [mod(e * f), mod(g * h), mod(f * g), mod(e * h)];
}

/** [m]P + [n]Q, with the doublings of both done once. */
function sumOfTwo(p: Point, m: bigint, q: Point, n: bigint): Point {
  const both = add(p, q);
  let sum = ZERO;
  for (let bit = 255n; bit >= 0n; bit--) {
    sum = add(sum, sum);
    const [inM, inN] = [(m >> bit) & 1n, (n >> bit) & 1n];
    if (inM === 1n) sum = add(sum, inN === 1n ? both : p);
    else if (inN === 1n) sum = add(sum, q);
  }
  return sum;
}

function negative([x, y, z, t]: Point): Point {
  return [mod(-x), y, z, mod(-t)];
}

function equal([x1, y1, z1]: Point, [x2, y2, z2]: Point): boolean {
  return mod(x1 * z2 - x2 * z1) === 0n && mod(y1 * z2 - y2 * z1) === 0n;
}

function mod(value: bigint): bigint {
  const rest = value % P;
  return rest < 0n ? rest + P : rest;
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  let square = base % P;
  for (let left = exponent; left > 0n; left >>= 1n) {
    if ((left & 1n) === 1n) result = (result * square) % P;
    square = (square * square) % P;
  }
  return result;
}

function littleEndian(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`);
}
