/** Numbers of one byte order and pointer size. */
export interface Words {
  readonly bigEndian: boolean;
  /** Bytes of a pointer, and of Go's int and uintptr. */
  readonly pointerSize: 4 | 8;
  u16(bytes: Buffer, at: number): number;
  u32(bytes: Buffer, at: number): number;
  i32(bytes: Buffer, at: number): number;
  /** 64 bits as a double: exact below 2^53, which is all of user space. */
  u64(bytes: Buffer, at: number): number;
  pointer(bytes: Buffer, at: number): number;
}

export function wordsOf(bigEndian: boolean, pointerSize: 4 | 8): Words {
  const u32 = bigEndian
    ? (bytes: Buffer, at: number) => bytes.readUInt32BE(at)
    : (bytes: Buffer, at: number) => bytes.readUInt32LE(at);
  const u64 = bigEndian
    ? (bytes: Buffer, at: number) => bytes.readUInt32BE(at) * 2 ** 32 + bytes.readUInt32BE(at + 4)
    : (bytes: Buffer, at: number) => bytes.readUInt32LE(at + 4) * 2 ** 32 + bytes.readUInt32LE(at);
  return {
    bigEndian,
    pointerSize,
    u16: bigEndian ? (bytes, at) => bytes.readUInt16BE(at) : (bytes, at) => bytes.readUInt16LE(at),
    u32,
    i32: bigEndian ? (bytes, at) => bytes.readInt32BE(at) : (bytes, at) => bytes.readInt32LE(at),
    u64,
    pointer: pointerSize === 8 ? u64 : u32,
  };
}
