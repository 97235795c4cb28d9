/**
 * Starts a farm and prints its address: `node bench/farm.ts --targets 1000 --leaks 30 --loads 20 --restarts 5 --seed 1
 * --log FILE`. The log gets a line of JSON per heap profile that was asked for ([index, ms since the epoch]); FILE.truth
 * what each target is. Ends on SIGTERM.
 */
import { createWriteStream, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { startFarm } from './soak-farm/farm.ts';

const { values } = parseArgs({
  options: {
    targets: { type: 'string', default: '1000' },
    leaks: { type: 'string', default: '30' },
    loads: { type: 'string', default: '20' },
    restarts: { type: 'string', default: '5' },
    seed: { type: 'string', default: '1' },
    port: { type: 'string', default: '0' },
    script: { type: 'boolean', default: false },
    log: { type: 'string' },
  },
});
const log = values.log === undefined ? null : createWriteStream(values.log);
const farm = await startFarm({
  targets: Number(values.targets),
  leaks: Number(values.leaks),
  loads: Number(values.loads),
  restarts: Number(values.restarts),
  seed: Number(values.seed),
  port: Number(values.port),
  script: values.script,
  ...(log === null ? {} : { onHeap: (index, at) => void log.write(`[${index},${at}]\n`) }),
});
if (values.log !== undefined) writeFileSync(`${values.log}.truth`, JSON.stringify(farm.truth));
console.log(farm.url);
const end = async () => {
  await farm.close();
  log?.end(() => process.exit(0));
  if (log === null) process.exit(0);
};
process.on('SIGTERM', () => void end());
process.on('SIGINT', () => void end());
