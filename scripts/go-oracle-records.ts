/** Reads exact lengths from the output of an oracle (scripts/go-oracle); the records are binary. */
export function recordReader(stream: AsyncIterable<Buffer>): {
  read(length: number): Promise<Buffer>;
  more(): Promise<boolean>;
} {
  const chunks = stream[Symbol.asyncIterator]();
  let parts: Buffer[] = [];
  let size = 0;
  const fill = async (length: number): Promise<boolean> => {
    while (size < length) {
      const { value, done } = await chunks.next();
      if (done === true) return false;
      parts.push(value);
      size += value.length;
    }
    return true;
  };
  return {
    more: () => fill(1),
    async read(length) {
      if (!(await fill(length))) throw new Error('the oracle stopped in the middle of a record');
      const all = parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts);
      parts = [all.subarray(length)];
      size -= length;
      return all.subarray(0, length);
    },
  };
}
