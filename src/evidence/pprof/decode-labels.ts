/** Labels of the samples of a profile.proto, into growing columns. */
import { Int32Column } from './columns.ts';
import { stringIndex } from './decode-tables.ts';
import type { LabelTable } from './profile.ts';
import { WIRE, type Wire } from './wire.ts';

export class LabelReader {
  private readonly key = new Int32Column();
  private readonly str = new Int32Column();
  private readonly numUnit = new Int32Column();
  private num = new Float64Array(64);
  private readonly exact = new Map<number, bigint>();
  private readonly stringCount: number;

  constructor(stringCount: number) {
    this.stringCount = stringCount;
  }

  get count(): number {
    return this.key.length;
  }

  /** @param wire at the first byte of the label, its end set to the label's */
  read(wire: Wire): void {
    const index = this.count;
    let key = 0;
    let str = 0;
    let numUnit = 0;
    let num = 0;
    while (wire.next()) {
      const field = wire.field;
      if (field < 1 || field > 4) {
        wire.skip();
        continue;
      }
      wire.expect(WIRE.varint, `field ${field} of a label`);
      if (field === 1) key = stringIndex(wire, this.stringCount);
      else if (field === 2) str = stringIndex(wire, this.stringCount);
      else if (field === 4) numUnit = stringIndex(wire, this.stringCount);
      else {
        num = wire.signed();
        if (wire.beyondDouble()) this.exact.set(index, wire.signedBig());
        else this.exact.delete(index);
      }
    }
    this.key.push(key);
    this.str.push(str);
    this.numUnit.push(numUnit);
    if (index === this.num.length) {
      const grown = new Float64Array(index * 2);
      grown.set(this.num);
      this.num = grown;
    }
    this.num[index] = num;
  }

  finish(): LabelTable {
    const { key, str, num, numUnit, exact } = this;
    return {
      key: key.finish(),
      str: str.finish(),
      num: num.slice(0, this.count),
      numUnit: numUnit.finish(),
      exact,
    };
  }
}
