import type { GateFile } from '../guard/gate/read.ts';
import type { RawGateOptions } from './gate.ts';

export async function selfTest(_file: GateFile, _root: string, _raw: RawGateOptions): Promise<number> {
  throw new Error('not yet');
}
