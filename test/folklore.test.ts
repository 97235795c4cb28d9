/**
 * docs/folklore.md against the toolchain: every program under lab/folklore is built and run, what it prints must show
 * what the section says, and so must the output that is printed in the section. New output for the document:
 * UPDATE_FOLKLORE=1 vitest run test/folklore.test.ts
 */
import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';
import { z } from 'zod';

const ROOT = join(import.meta.dirname, '..');
const LAB = join(ROOT, 'lab');
const DOCUMENT = join(ROOT, 'docs', 'folklore.md');
const exec = promisify(execFile);
const go = spawnSync('go', ['version']).status === 0 ? 'go' : '/usr/local/go/bin/go';
const scratch = mkdtempSync(join(tmpdir(), 'hemostat-folklore-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const flags = z.array(z.boolean());
const numbers = z.array(z.number());

/** What the output of each program must look like, and show. Bounds are wide: it is about kinds, not about sizes. */
const SHOWS: Record<string, (output: unknown) => void> = {
  fragmentation(output: unknown) {
    const heap = z.object({ heapAllocMB: z.number(), heapInuseMB: z.number(), betweenMB: z.number() });
    const { full, sparse, refilled } = z.object({ full: heap, sparse: heap, refilled: heap }).parse(output);
    expect(sparse.heapAllocMB).toBeLessThan(full.heapAllocMB / 8);
    expect(sparse.betweenMB).toBeGreaterThan(full.heapAllocMB * 0.8);
    expect(refilled.heapInuseMB).toBeLessThan(full.heapInuseMB * 1.1);
    expect(refilled.betweenMB).toBeLessThan(sparse.betweenMB / 4);
  },
  cumulative(output: unknown) {
    const seen = z.object({ totalAllocMB: numbers, allocSpaceMB: numbers, inuseByAlloc: numbers, liveMB: numbers });
    const { totalAllocMB, allocSpaceMB, inuseByAlloc, liveMB } = seen.parse(output);
    expect(rises(totalAllocMB)).toBe(true);
    expect(rises(allocSpaceMB)).toBe(true);
    expect(rises(inuseByAlloc.map((share) => -share))).toBe(true);
    expect(Math.max(...liveMB) - Math.min(...liveMB)).toBeLessThan(1);
  },
  deltaprofile(output: unknown) {
    const asked = z.object({ inuseMB: z.number(), collections: z.number() });
    const seen = z
      .object({ keptMB: z.number(), 'gc=1': asked, 'seconds=1': asked, 'gc=1&seconds=1': asked })
      .parse(output);
    expect(seen['gc=1'].collections).toBe(1);
    expect(seen['gc=1'].inuseMB).toBeGreaterThan(seen.keptMB * 0.9);
    expect(seen['seconds=1']).toEqual({ inuseMB: 0, collections: 0 });
    expect(seen['gc=1&seconds=1']).toEqual({ inuseMB: 0, collections: 0 });
  },
  gctrace(output: unknown) {
    const { aMs, bMs, cMs, pauseMs, collections, stepsMeanwhile } = z
      .object({
        aMs: z.number(),
        bMs: z.number(),
        cMs: z.number(),
        pauseMs: z.number(),
        collections: z.number(),
        stepsMeanwhile: z.number(),
      })
      .parse(output);
    expect(collections).toBe(1);
    expect(stepsMeanwhile).toBeGreaterThan(0);
    expect(pauseMs).toBeLessThan(bMs);
    expect(Math.abs(pauseMs - (aMs + cMs)) / pauseMs).toBeLessThan(0.25);
  },
  memstatsalloc(output: unknown) {
    const counters = z.object({
      allocMB: z.number(),
      totalAllocMB: z.number(),
      mallocs: z.number(),
      frees: z.number(),
      allocIsHeapAlloc: z.literal(true),
    });
    const { blocks, holding, droppedNotYetSwept, collected } = z
      .object({ blocks: z.number(), holding: counters, droppedNotYetSwept: counters, collected: counters })
      .parse(output);
    expect(holding.allocMB).toBeGreaterThan(blocks);
    expect(droppedNotYetSwept.allocMB).toBeGreaterThan(blocks);
    expect(collected.allocMB).toBeLessThan(1);
    expect(collected.totalAllocMB).toBeGreaterThan(blocks);
    for (const { mallocs } of [holding, collected]) {
      expect(mallocs).toBeGreaterThanOrEqual(blocks);
      expect(mallocs).toBeLessThan(blocks + 100);
    }
  },
  poolprofile(output: unknown) {
    const seen = z
      .object({
        objects: z.number(),
        underAllocateAfterCollections0to3: numbers,
        underHoldAfterCollections0to3: numbers,
      })
      .parse(output);
    expect(seen.underAllocateAfterCollections0to3).toEqual([0, seen.objects, 0, 0]);
    expect(seen.underHoldAfterCollections0to3).toEqual([0, 0, 0, 0]);
  },
  poolvictim(output: unknown) {
    const seen = z.object({ getReturnsItAfterCollections0to3: flags, freedAfterCollections1to3: flags }).parse(output);
    expect(seen.getReturnsItAfterCollections0to3).toEqual([true, true, false, false]);
    expect(seen.freedAfterCollections1to3[0]).toBe(false);
    expect(seen.freedAfterCollections1to3[2]).toBe(true);
  },
  poolshared(output: unknown) {
    const { gets, made, ...seen } = z.looseObject({ gets: z.number(), made: z.number() }).parse(output);
    expect(seen).toMatchObject({ heldByTwo: 0, nilWithNew: 0, nilWithoutNew: true });
    expect(made).toBeLessThan(gets / 10);
  },
  poolvalue(output: unknown) {
    const cost = z.object({ allocs: z.number(), bytes: z.number() });
    const { arrayByValue, slice, pointer } = z.object({ arrayByValue: cost, slice: cost, pointer: cost }).parse(output);
    expect(arrayByValue.allocs).toBe(1);
    expect(arrayByValue.bytes).toBeGreaterThanOrEqual(1024);
    expect(slice.allocs).toBe(1);
    expect(pointer.allocs).toBe(0);
  },
  blockedstack(output: unknown) {
    const seen = z
      .object({
        blockMB: z.number(),
        blockedAndNeededLaterMB: z.number(),
        goroutineEndedMB: z.number(),
        blockedNotNeededMB: z.number(),
      })
      .parse(output);
    expect(seen.blockedAndNeededLaterMB).toBeGreaterThan(seen.blockMB * 0.95);
    expect(seen.goroutineEndedMB).toBeLessThan(seen.blockMB / 4);
    expect(seen.blockedNotNeededMB).toBeLessThan(seen.blockMB / 4);
  },
  contexttimer(output: unknown) {
    const seen = z
      .object({
        payloadBytes: z.number(),
        cancelOverBackground: z.number(),
        timeoutOverBackground: z.number(),
        timeoutCancelled: z.number(),
        cancelOverParent: z.number(),
        cancelOverParentCancelled: z.number(),
        afterParentCancelled: z.number(),
      })
      .parse(output);
    expect(seen.cancelOverBackground).toBeLessThan(100);
    expect(seen.timeoutOverBackground).toBeGreaterThan(seen.payloadBytes);
    expect(seen.timeoutCancelled).toBeLessThan(seen.timeoutOverBackground * 0.6);
    expect(seen.cancelOverParent).toBeGreaterThan(seen.payloadBytes);
    expect(seen.cancelOverParentCancelled).toBeLessThan(200);
    expect(seen.afterParentCancelled).toBeLessThan(200);
  },
  closedchannel(output: unknown) {
    const { senders, ...seen } = z.looseObject({ senders: z.number() }).parse(output);
    expect(seen).toMatchObject({
      receiverCloses: { panics: { 'send on closed channel': senders - 1 } },
      receiverSignals: { sent: 1, left: senders - 1 },
      goroutinesAtExit: 1,
    });
  },
  'timeafter go1.21.13': (output) => timeAfter(output, 'kept'),
  'timeafter GODEBUG=asynctimerchan=1': (output) => timeAfter(output, 'kept'),
  'timeafter GODEBUG=asynctimerchan=0': (output) => timeAfter(output, 'collected'),
  'timeafter go1.27.1': (output) => timeAfter(output, 'collected'),
  panickingreceiver(output: unknown) {
    expect(output).toMatchObject({
      asItIs: { exitStatus: 2, lastWords: 'panic: bad record 3' },
      recovered: { exitStatus: 0, stdout: 'all senders are blocked, the process goes on' },
    });
  },
};

/** A block of the document, "```json NAME", and the run it comes from: PROGRAM, PROGRAM GODEBUG=… or PROGRAM goVERSION. */
const BLOCK = /^```json (\w+(?: \S+)?)\n([\s\S]*?)\n```$/gm;

const document = readFileSync(DOCUMENT, 'utf8');
const recorded = new Map([...document.matchAll(BLOCK)].map((match) => [match[1] ?? '', match[2] ?? '']));
const printed = new Map<string, string>();

afterAll(() => {
  if (process.env.UPDATE_FOLKLORE === undefined) return;
  const updated = document.replace(BLOCK, (block, name: string) => {
    const output = printed.get(name);
    return output === undefined ? block : `\`\`\`json ${name}\n${output}\n\`\`\``;
  });
  writeFileSync(DOCUMENT, updated);
});

test('every program has a section with its output, and every output a program', () => {
  const programs = readdirSync(join(LAB, 'folklore')).filter((name) => name !== 'observe' && name !== 'README.md');
  expect(new Set([...recorded.keys()].map((name) => name.split(' ')[0]))).toEqual(new Set(programs));
  expect(new Set(recorded.keys())).toEqual(new Set(Object.keys(SHOWS)));
});

describe.each(Object.entries(SHOWS))('%s', (name, shows) => {
  test('the output in the document shows what the section says', () => {
    shows(JSON.parse(recorded.get(name) ?? 'null'));
  });

  const [program = '', variant = ''] = name.split(' ');
  const toolchain = variant.startsWith('go') ? variant : '';
  test.skipIf(!applies(variant))(
    'a run on the toolchain shows it too',
    async () => {
      const binary = join(scratch, name.replace(' ', '-'));
      const build = ['build', '-buildvcs=false', '-o', binary, `./folklore/${program}`];
      const env = { ...process.env, GODEBUG: variant.startsWith('GODEBUG=') ? variant.slice('GODEBUG='.length) : '' };
      await exec(go, build, {
        cwd: LAB,
        timeout: 240_000,
        env: toolchain === '' ? env : { ...env, GOTOOLCHAIN: toolchain },
      });
      // A busy machine can stop a program between two clock readings; it will not do so five times.
      for (let attempt = 1; ; attempt++) {
        const output: unknown = JSON.parse((await exec(binary, [], { timeout: 60_000, env })).stdout);
        printed.set(name, pretty(output));
        try {
          shows(output);
          return;
        } catch (error) {
          if (attempt === 5) throw error;
        }
      }
    },
    300_000,
  );
});

/** Whether the run can be made here. GODEBUG=asynctimerchan exists from Go 1.23 to 1.26. */
function applies(variant: string): boolean {
  const minor = minorOf('');
  if (minor === null) return false;
  if (variant.startsWith('GODEBUG=asynctimerchan')) return minor >= 23 && minor <= 26;
  return variant === '' || minorOf(variant) !== null;
}

/** 26 for Go 1.26 of this toolchain (empty is the installed one), null where there is none to be had. */
function minorOf(toolchain: string): number | null {
  const env = toolchain === '' ? process.env : { ...process.env, GOTOOLCHAIN: toolchain };
  const run = spawnSync(go, ['version'], { cwd: LAB, env, encoding: 'utf8', timeout: 120_000 });
  const minor = /go1\.(\d+)/.exec(run.stdout ?? '')?.[1];
  return run.status === 0 && minor !== undefined ? Number(minor) : null;
}

/** One line per key, which is how the document shows it. */
function pretty(output: unknown): string {
  const lines = Object.entries(z.record(z.string(), z.unknown()).parse(output)).map(
    ([key, value]) => `  ${JSON.stringify(key)}: ${JSON.stringify(value).replaceAll(/([,:])(?=["\d[{tf-])/g, '$1 ')}`,
  );
  return `{\n${lines.join(',\n')}\n}`;
}

/** What becomes of a pending timer that nobody can reach. */
function timeAfter(output: unknown, pending: 'kept' | 'collected'): void {
  const seen = z.object({ bytesPerTimerOfAnHour: z.number(), bytesPerTimerAfterFired: z.number() }).parse(output);
  if (pending === 'kept') expect(seen.bytesPerTimerOfAnHour).toBeGreaterThan(150);
  else expect(seen.bytesPerTimerOfAnHour).toBeLessThan(30);
  expect(seen.bytesPerTimerAfterFired).toBeLessThan(75);
}

function rises(values: readonly number[]): boolean {
  return values.every((value, i) => i === 0 || value > (values[i - 1] ?? 0));
}
