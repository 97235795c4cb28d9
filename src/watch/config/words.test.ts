import { describe, expect, it } from 'vitest';
import { parseAddress } from '../../collect/address.ts';
import { configFromWords, labTarget, withFlags } from './words.ts';

const ENV = { XDG_STATE_HOME: '/state' };

describe('configFromWords', () => {
  it('watches URLs once each, and names the labs to start', async () => {
    const words = ['localhost:6060', 'http://localhost:6060/debug/pprof/', 'lab:steady', 'lab:steady', ':7'];
    const config = await configFromWords(words, { loadMetric: 'reqs' }, ENV);
    expect(config).toMatchObject({ file: null, labs: ['steady'], dataDir: '/state/hemostat', token: null });
    const targets = config.discovery.flatMap((found) => (found.kind === 'static' ? found.targets : []));
    expect(targets.map(({ info }) => info.url)).toEqual(['http://localhost:6060/', 'http://127.0.0.1:7/']);
    expect(targets[0]).toMatchObject({
      info: { from: 'command line', service: '', instance: 'localhost:6060' },
      load: { metric: 'reqs' },
      schedule: { profilesEveryMs: 60_000, firstLook: { captures: 6, everyMs: 20_000 } },
    });
  });

  it.each([
    [[], {}, /no target given/],
    [['lab:stedy'], {}, /did you mean steady/],
    [['nonsense'], {}, /"nonsense" cannot be watched; give a URL/],
    [['h:1'], { listen: 'x' }, /--listen: "x" is no address/],
    [['h:1'], { listen: ':7070', token: 'hunter2' }, /^(?!.*hunter2).*token of the page has 7 characters/],
    [['h:1'], { listen: ':7070' }, /can be reached from other machines: give --token-file/],
    [['http://u:hunter2@[h/'], {}, /^(?!.*hunter2).*not a URL/],
  ])('%j %j', async (words, flags, says) => {
    await expect(configFromWords(words, flags, ENV)).rejects.toThrow(says);
    await expect(configFromWords(words, flags, ENV)).rejects.toMatchObject({ name: 'UsageError' });
  });

  it('lets the command line go before the file', async () => {
    const config = await configFromWords(['h:1'], {}, ENV);
    const flags = { listen: '0.0.0.0:0', token: 'secret-of-16-characters', data: '/data' };
    expect(withFlags(config, flags)).toMatchObject({
      listen: { host: '0.0.0.0', port: 0 },
      token: 'secret-of-16-characters',
      dataDir: '/data',
    });
  });
});

it('makes a lab process a target of its own pace', () => {
  const target = labTarget('steady', parseAddress('127.0.0.1:9'), { pid: 7, loadMetric: 'orders' });
  expect(target).toMatchObject({
    pid: 7,
    info: { service: 'steady', from: 'lab steady', instance: '127.0.0.1:9' },
    schedule: { profilesEveryMs: 10_000, warmUpMs: 45_000 },
    load: { metric: 'orders' },
  });
});
