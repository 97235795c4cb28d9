import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EvidenceError } from '../error.ts';
import { createGoroutineReader, readGoroutineDump, readGoroutineDumpFrom } from './read.ts';
import { type Spelt, spell } from './testing.ts';

const TESTDATA = join(import.meta.dirname, 'testdata');
const VERSIONS = readdirSync(TESTDATA).filter((name) => name.startsWith('go1.'));

const load = (version: string, name: string): Buffer => readFileSync(join(TESTDATA, version, name));
const read = (text: string | Buffer): Spelt[] => spell(readGoroutineDump(Buffer.from(text)));
const has = (goroutine: Spelt, name: string): boolean => goroutine.stack.some((frame) => frame.startsWith(`${name} `));

/** How many header lines a text has, counted another way. */
const headers = (text: Buffer): number => text.toString().match(/^goroutine \d+ .*\]( \{.*\})?:\r?$/gm)?.length ?? 0;

describe.each(VERSIONS)('debug=2 of %s', (version) => {
  const goroutines = read(load(version, 'debug2.txt'));
  const truth = JSON.parse(load(version, 'truth.json').toString());

  it('has every goroutine that the program parked, at the function that it parked in', () => {
    expect(goroutines).toHaveLength(truth.goroutines);
    for (const [name, count] of Object.entries(truth.parked)) {
      if (name.startsWith('main.main.func.')) continue;
      expect([name, goroutines.filter((goroutine) => has(goroutine, name)).length]).toEqual([name, count]);
    }
    expect(goroutines.filter(({ locked }) => locked)).toHaveLength(truth.parked['main.main.func.locked']);
  });

  it('gives each way to wait the name that the runtime gives it', () => {
    const state = (name: string): string[] => [
      ...new Set(goroutines.filter((goroutine) => has(goroutine, name)).map((goroutine) => goroutine.state)),
    ];
    expect(state('main.(*store).send')).toEqual(['chan send']);
    expect(state('main.(*named[...]).wait')).toEqual(['chan send']);
    expect(state('main.receive')).toEqual(['chan receive']);
    expect(state('main.nilSend')).toEqual(['chan send (nil chan)']);
    expect(state('main.nilReceive')).toEqual(['chan receive (nil chan)']);
    expect(state('main.forever')).toEqual(['select (no cases)']);
    expect(state('main.choose')).toEqual(['select']);
    expect(state('net.(*TCPListener).Accept')).toEqual(['IO wait']);
    expect(state('time.Sleep')).toEqual(['sleep']);
    expect(state('main.(*store).method')).toEqual([version === 'go1.19.13' ? 'semacquire' : 'sync.Mutex.Lock']);
    expect(state('sync.(*Cond).Wait')).toEqual(['sync.Cond.Wait']);
  });

  it('reads inlined frames, creators and elided stacks', () => {
    const receive = goroutines.find((goroutine) => has(goroutine, 'main.receive'));
    expect(receive?.stack[0]).toMatch(/^main\.\(\*store\)\.inlinedReceive example\.com\/capture\/main\.go:\d+$/);
    expect(receive?.creator).toMatch(/^main\.spawn example\.com\/capture\/main\.go:\d+$/);
    expect(receive?.creatorId).toBe(version === 'go1.19.13' ? -1 : 1); // printed since Go 1.21
    const deep = goroutines.filter((goroutine) => has(goroutine, 'main.descend'));
    // Go 1.19 leaves frames out and does not say so here: it counts those that it does not print.
    const said = version !== 'go1.19.13';
    expect(deep.map(({ elided }) => elided)).toEqual([said, said]);
    expect(goroutines.filter(({ elided }) => elided)).toHaveLength(said ? 2 : 0);
    if (said) expect(deep[0]?.stack).toHaveLength(100);
    expect(goroutines.find(({ id }) => id === 1)?.creator).toBeNull();
  });

  it.runIf(['go1.26.8', 'go1.27.1'].includes(version))('reads labels', () => {
    const labelled = goroutines.filter(({ labels }) => labels !== null);
    expect(labelled).toHaveLength(truth.parked['main.main.func.labels']);
    expect(labelled[0]?.labels).toEqual({ handler: '/orders', note: 'a "b", c: {d}\té' });
    expect(labelled[0]?.state).toBe('chan receive');
  });

  it('reads the same through pieces of any size, and as it goes', async () => {
    const text = load(version, 'debug2.txt');
    for (const size of [1, 7, 64, 4096]) {
      const reader = createGoroutineReader();
      for (let at = 0; at < text.length; at += size) reader.push(text.subarray(at, at + size));
      expect(spell(reader.end())).toEqual(goroutines);
    }
    const chunks = async function* () {
      yield text.subarray(0, 1000);
      yield text.subarray(1000);
    };
    expect(spell(await readGoroutineDumpFrom(chunks()))).toEqual(goroutines);
  });

  it('reads the same with CRLF, in a container log, and with log lines between any two lines', () => {
    const text = load(version, 'debug2.txt').toString();
    expect(read(text.replaceAll('\n', '\r\n'))).toEqual(goroutines);
    const lines = text.split('\n');
    const stamp = (n: number): string => `2026-05-01T10:00:00.${'123456789'.slice(0, 1 + (n % 9))}Z stderr F `;
    expect(read(lines.map((line, n) => stamp(n) + line).join('\n'))).toEqual(goroutines);
    expect(read(lines.map((line) => `orders-1  | ${line}`).join('\n'))).toEqual(goroutines);
    const noisy = lines.flatMap((line, n) => (n % 3 === 1 ? [line, `10:00:${n} order accepted (in 3 ms)`] : [line]));
    expect(read(noisy.join('\n'))).toEqual(goroutines);
  });
});

describe('what a dying process prints', () => {
  it.each(VERSIONS)('panic and deadlock of %s', (version) => {
    const panic = read(load(version, 'panic.txt'));
    expect(panic).toHaveLength(headers(load(version, 'panic.txt')));
    expect(panic[0]).toMatchObject({ id: 1, state: 'running', stack: [expect.stringMatching(/^main\.main /)] });
    expect(panic.filter((goroutine) => has(goroutine, 'main.(*store).send'))).toHaveLength(37);
    const deadlock = read(load(version, 'deadlock.txt'));
    expect(deadlock.map(({ state }) => state)).toEqual(['select (no cases)', 'chan send', 'chan send']);
  });

  it.each(['go1.19.13', 'go1.23.4', 'go1.27.1'])('SIGQUIT of %s: runtime goroutines are marked', (version) => {
    const text = load(version, 'sigquit.txt');
    const goroutines = read(text);
    expect(goroutines).toHaveLength(headers(text));
    expect(goroutines.filter((goroutine) => has(goroutine, 'main.(*store).send'))).toHaveLength(37);
    const system = goroutines.filter((goroutine) => goroutine.system);
    expect(system.map(({ state }) => state)).toEqual(
      expect.arrayContaining(['idle', 'force gc (idle)', 'GC sweep wait', 'GC scavenge wait']),
    );
    expect(system.every(({ stack }) => stack.every((frame) => /^runtime\./.test(frame)))).toBe(true);
    expect(system.length).toBeLessThan(goroutines.length - 90);
    expect(readGoroutineDump(text).truncated).toBe(false);
  });

  it.each(['throw.txt', 'crash.txt'])('%s with GOTRACEBACK=system and crash', (name) => {
    const goroutines = read(load('go1.27.1', name));
    expect(goroutines).toHaveLength(headers(load('go1.27.1', name)));
    expect(goroutines.filter((goroutine) => has(goroutine, 'main.(*store).send'))).toHaveLength(37);
    expect(goroutines.every(({ stack }) => stack.every((frame) => /^\S+ \S+:[1-9]\d*$/.test(frame)))).toBe(true);
  });

  it('goroutines that the runtime found leaked, and those in a synctest bubble', () => {
    const leaked = read(load('go1.27.1', 'leak-debug2.txt')).filter(({ state }) => state.endsWith('(leaked)'));
    expect(leaked.filter((goroutine) => has(goroutine, 'main.(*store).send'))).toHaveLength(37);
    expect(leaked.map(({ state }) => state)).toContain('chan receive (nil chan) (leaked)');
    for (const version of ['go1.25.3', 'go1.27.1']) {
      const bubble = readGoroutineDump(load(version, 'bubble.txt'));
      const durable = spell(bubble).filter(({ state }) => state === 'chan receive (durable)');
      expect(durable.filter((goroutine) => has(goroutine, 'example.com/capture.TestBubble.func1.1'))).toHaveLength(3);
    }
  });

  it('whole minutes of waiting', () => {
    const goroutines = read(load('go1.26.8', 'minutes.txt'));
    const waiting = goroutines.filter(({ state }) => state === 'chan send');
    expect(waiting).toHaveLength(40);
    expect(new Set(waiting.map(({ minutes }) => minutes))).toEqual(new Set([3]));
    expect(goroutines.find(({ locked }) => locked)?.minutes).toBe(3);
  });
});

describe('forms that need a special program', () => {
  const one = (text: string): Spelt | undefined => read(text)[0];

  it('frames of C, with and without a symbolizer', () => {
    const goroutine = one(
      [
        'goroutine 17 [syscall, locked to thread]:',
        'std::vector<int, std::allocator<int> >::push_back',
        '\t/src/my lib/queue.cc:12 pc=0x55d0',
        'non-Go function',
        '\tpc=0x55d1',
        'non-Go function at pc=0x55d2',
        'runtime.cgocall(0x4b6a80, 0xc0000466f8)',
        '\t/usr/local/go/src/runtime/cgocall.go:157 +0x5c',
        'main._Cfunc_wait(0x5)',
        '\t_cgo_gotypes.go:41 +0x4d',
        '',
      ].join('\n'),
    );
    expect(goroutine?.stack).toEqual([
      'std::vector<int, std::allocator<int> >::push_back /src/my lib/queue.cc:12',
      'non-Go function :0',
      'non-Go function :0',
      'runtime.cgocall /usr/local/go/src/runtime/cgocall.go:157',
      'main._Cfunc_wait _cgo_gotypes.go:41',
    ]);
  });

  it('Windows paths, method values, wrappers of unnamed types, escaped package names', () => {
    const goroutine = one(
      [
        'goroutine 5 [select]:',
        'gopkg.in/yaml%2ev3.(*T).M-fm()',
        '\tC:/Users/An Na/x y/main.go:7 +0x1',
        'go.(*struct { sync.Mutex; main.n int }).Lock(0x1)',
        '\t<autogenerated>:1 +0x1',
        'main.F[...].func1({0x1, 0x2, _}, ...)',
        '\tD:/b.go:9',
        'created by main.(*T).run.gowrap1 in goroutine 18446744073709551615',
        '\tC:/Users/An Na/x y/main.go:9 +0x2',
        '',
      ].join('\n'),
    );
    expect(goroutine?.stack).toEqual([
      'gopkg.in/yaml%2ev3.(*T).M-fm C:/Users/An Na/x y/main.go:7',
      'go.(*struct { sync.Mutex; main.n int }).Lock <autogenerated>:1',
      'main.F[...].func1 D:/b.go:9',
    ]);
    expect(goroutine?.creator).toBe('main.(*T).run.gowrap1 C:/Users/An Na/x y/main.go:9');
  });

  it('stacks of ancestors (tracebackancestors) are not frames', () => {
    const goroutine = one(
      [
        'goroutine 5 [select]:',
        'main.a()',
        '\t/a.go:1 +0x1',
        'created by main.b',
        '\t/b.go:2 +0x1',
        '[originating from goroutine 1]:',
        'main.c(...)',
        '\t/c.go:3 +0x1',
        'created by main.d',
        '\t/d.go:4 +0x1',
        '',
      ].join('\n'),
    );
    expect(goroutine?.stack).toEqual(['main.a /a.go:1']);
    expect(goroutine?.creator).toBe('main.b /b.go:2');
  });

  it('a stack that a log line begins, and one of a goroutine on another thread', () => {
    const goroutines = read(
      '10:00:01 http: panic serving 1.2.3.4: boom: goroutine 9 [running, locked to thread]:\nmain.a()\n\t/a.go:1 +0x1\n\n' +
        'goroutine 10 [running]:\n\tgoroutine running on other thread; stack unavailable\ncreated by main.b in goroutine 1\n\t/b.go:2 +0x1\n',
    );
    expect(goroutines).toMatchObject([
      { id: 9, stack: ['main.a /a.go:1'], locked: true },
      { id: 10, stack: [], creator: 'main.b /b.go:2', creatorId: 1 },
    ]);
  });

  it('lines that only look like headers are not', () => {
    for (const line of [
      'goroutine 5 [running]: x',
      'goroutine x [running]:',
      'goroutine 5 running:',
      'mygoroutine 5 [running]:',
    ]) {
      expect(() => read(`${line}\nmain.a()\n\t/a.go:1 +0x1\n`)).toThrow(EvidenceError);
    }
  });
});

describe('a text that was cut', () => {
  const text = load('go1.23.4', 'debug2.txt');
  const whole = read(text);

  it('says so wherever the cut is inside a goroutine, and loses at most that one', () => {
    expect(readGoroutineDump(text).truncated).toBe(false);
    const second = text.indexOf('\n\ngoroutine', 3000) + 2;
    const third = text.indexOf('\n\ngoroutine', second) + 2;
    const before = headers(text.subarray(0, second));
    for (let cut = second + 1; cut < third - 1; cut++) {
      const dump = readGoroutineDump(text.subarray(0, cut));
      const goroutines = spell(dump);
      expect(goroutines.slice(0, before)).toEqual(whole.slice(0, before));
      // From the offset of the creator's line on, nothing that we read is missing.
      const complete = goroutines[before]?.creator != null;
      expect([cut, dump.truncated]).toEqual([cut, !complete]);
    }
  });

  it('without its last newline is whole', () => {
    expect(readGoroutineDump(Buffer.from(text.toString().trimEnd())).truncated).toBe(false);
    expect(read(text.toString().trimEnd())).toEqual(whole);
  });
});

describe('texts without a goroutine', () => {
  it.each([
    ['', /empty/],
    ['hello\n', /no goroutine in this text/],
    ['goroutine profile: total 7\n1 @ 0x1\n', /debug=2/],
    ['\u001f\u008b\u0000', /no goroutine/],
  ])('%j', (text, message) => {
    expect(() => read(text)).toThrow(EvidenceError);
    expect(() => read(text)).toThrow(message);
  });
});
