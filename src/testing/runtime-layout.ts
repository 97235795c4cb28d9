/** Where a Go toolchain's runtime keeps its fields: the oracle of src/diagnose/heap/layouts-table.ts. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import type { RuntimeLayout } from '../diagnose/heap/layouts.ts';

const SOURCES = join(import.meta.dirname, '..', 'diagnose', 'heap', 'testdata', 'layouts');

const Types = z.array(z.record(z.string(), z.object({ size: z.number(), fields: z.record(z.string(), z.number()) })));

/** Builds a small program with `go<version>` for `arch` and reads the layout from its DWARF; throws where Go fails. */
export function layoutOf(version: string, arch: string): RuntimeLayout {
  // A neutral directory: the toolchain of a version is chosen by go.mod and GOTOOLCHAIN there, and nothing else.
  const work = mkdtempSync(join(tmpdir(), 'hemostat-layouts-'));
  try {
    cpSync(SOURCES, work, { recursive: true });
    go(work, ['build', '-trimpath', '-o', 'target.bin', './target'], { GOTOOLCHAIN: `go${version}`, GOARCH: arch });
    const json = go(work, ['run', '.', 'target.bin'], {});
    return pick(Types.parse(JSON.parse(json))[0] ?? {});
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function go(cwd: string, args: readonly string[], env: Readonly<Record<string, string>>): string {
  const result = spawnSync('go', args, {
    cwd,
    env: { ...process.env, GOFLAGS: '', GOOS: 'linux', CGO_ENABLED: '0', ...env },
    encoding: 'utf8',
    timeout: 300_000,
  });
  if (result.error !== undefined) throw result.error;
  if (result.status !== 0) throw new Error(`go ${args.join(' ')}: ${result.stderr}`);
  return result.stdout;
}

function pick(types: z.infer<typeof Types>[number]): RuntimeLayout {
  const at = (type: string, ...names: string[]): number => {
    const fields = types[type]?.fields ?? {};
    for (const name of names) {
      const offset = fields[name];
      if (offset !== undefined) return offset;
    }
    throw new Error(`${type} has no ${names.join(' nor ')}`);
  };
  const size = (type: string): number => types[type]?.size ?? 0;
  return {
    sudog: {
      size: size('runtime.sudog'),
      g: at('runtime.sudog', 'g'),
      next: at('runtime.sudog', 'next'),
      prev: at('runtime.sudog', 'prev'),
      // Since Go 1.26 a pair: a pointer that the leak detector may hide, then the true value.
      elem: at('runtime.sudog', 'elem.vu', 'elem'),
      waitlink: at('runtime.sudog', 'waitlink'),
      c: at('runtime.sudog', 'c.maybeTraceablePtr.vu', 'c'),
    },
    hchan: {
      size: size('runtime.hchan'),
      qcount: at('runtime.hchan', 'qcount'),
      dataqsiz: at('runtime.hchan', 'dataqsiz'),
      buf: at('runtime.hchan', 'buf'),
      elemsize: at('runtime.hchan', 'elemsize'),
      closed: at('runtime.hchan', 'closed'),
      elemtype: at('runtime.hchan', 'elemtype'),
      sendx: at('runtime.hchan', 'sendx'),
      recvx: at('runtime.hchan', 'recvx'),
      recvq: at('runtime.hchan', 'recvq.first'),
      sendq: at('runtime.hchan', 'sendq.first'),
    },
    g: {
      size: size('runtime.g'),
      stackLo: at('runtime.g', 'stack.lo'),
      stackHi: at('runtime.g', 'stack.hi'),
      goid: at('runtime.g', 'goid'),
      waiting: at('runtime.g', 'waiting'),
    },
    notifyList: {
      size: size('runtime.notifyList'),
      wait: at('runtime.notifyList', 'wait.value', 'wait'),
      notify: at('runtime.notifyList', 'notify'),
      head: at('runtime.notifyList', 'head'),
      tail: at('runtime.notifyList', 'tail'),
    },
    pool: {
      size: size('sync.Pool'),
      local: at('sync.Pool', 'local'),
      localSize: at('sync.Pool', 'localSize'),
      victim: at('sync.Pool', 'victim'),
      victimSize: at('sync.Pool', 'victimSize'),
      New: at('sync.Pool', 'New'),
    },
    poolLocal: {
      size: size('sync.poolLocal'),
      private: at('sync.poolLocal', 'poolLocalInternal.private'),
      head: at('sync.poolLocal', 'poolLocalInternal.shared.head'),
      tail: at('sync.poolLocal', 'poolLocalInternal.shared.tail'),
    },
    poolChainElt: {
      size: size('sync.poolChainElt'),
      headTail: at('sync.poolChainElt', 'poolDequeue.headTail.v', 'poolDequeue.headTail.value', 'poolDequeue.headTail'),
      vals: at('sync.poolChainElt', 'poolDequeue.vals'),
      next: at('sync.poolChainElt', 'next'),
      prev: at('sync.poolChainElt', 'prev'),
    },
  };
}
