/** `hemostat gate --self-test`: plants known-bad input in a temporary directory and runs the gate's own parts on it. */
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import picocolors from 'picocolors';
import { printable, type Terminal, wrap } from '../findings/layout.ts';
import { PROJECT_FILE } from '../findings/project-file.ts';
import { detect } from '../guard/gate/detect.ts';
import { type PartRunner, runParts } from '../guard/gate/gate.ts';
import { judge } from '../guard/gate/judge.ts';
import { planOf } from '../guard/gate/plan.ts';
import { startRegistry } from '../guard/gate/plant-registry.ts';
import {
  CONFIG_PLANT,
  GO_SUM_PLANT,
  imagePlant,
  npmPlant,
  type Plant,
  REVIEW_PLANT,
  SURFACE_PLANT,
  unsignedPlant,
} from '../guard/gate/plants.ts';
import type { GateFile } from '../guard/gate/read.ts';
import { type Control, controlOf, type SelfTestReport, selfTestReport } from '../guard/gate/self-test.ts';
import { failOnOf } from '../guard/gate/settings.ts';
import { isRecord } from '../guard/json/values.ts';
import type { GatePart } from '../guard/part.ts';
import { EXIT } from './exit.ts';
import type { RawGateOptions } from './gate.ts';
import { partRunner } from './gate-parts.ts';
import { openContext } from './guard-context.ts';
import { terminal } from './terminal.ts';

const EXIT_OF = { passed: EXIT.ok, failed: EXIT.findings, unknown: EXIT.evidence } as const;

export async function selfTest(file: GateFile, root: string, raw: RawGateOptions): Promise<number> {
  const asked = { only: raw.only ?? [], skip: raw.skip ?? [], image: raw.image !== undefined };
  const { parts } = planOf(file.config, new Set(Object.keys(file.raw)), detect(root), asked);
  const registry = await startRegistry();
  const work = mkdtempSync(join(tmpdir(), 'hemostat-self-test-'));
  try {
    const controls: Control[] = [];
    for (const [i, plant] of plantsOf(parts, registry.address, file).entries())
      controls.push(await tried(plant, join(work, String(i)), file, root, raw));
    const report = selfTestReport(controls);
    process.stdout.write(raw.json ? `${JSON.stringify(report, null, 2)}\n` : text(report, terminal()));
    return EXIT_OF[report.outcome];
  } finally {
    rmSync(work, { recursive: true, force: true });
    await registry.close();
  }
}

function plantsOf(parts: readonly GatePart[], registry: string, { config }: GateFile): Plant[] {
  const all = [
    REVIEW_PLANT,
    npmPlant(registry),
    GO_SUM_PLANT,
    imagePlant(registry, new Date()),
    CONFIG_PLANT,
    SURFACE_PLANT,
  ];
  // Who trusts nobody's signature in particular is not asked for one.
  if (config.image.signature !== undefined) all.push(unsignedPlant(registry));
  return all.filter(({ part }) => parts.includes(part));
}

/** The same path as the gate itself takes, on what was planted. */
async function tried(plant: Plant, dir: string, file: GateFile, root: string, raw: RawGateOptions): Promise<Control> {
  for (const [name, text] of Object.entries(plant.files)) {
    mkdirSync(dirname(join(dir, name)), { recursive: true });
    writeFileSync(join(dir, name), text);
  }
  // What the file excludes is relative to the file: there it excludes the same.
  const config = file.path === null ? false : join(dir, PROJECT_FILE);
  if (file.path !== null && config !== false) cpSync(file.path, config);
  const planted: GateFile = { ...file, path: config === false ? null : config, raw: planting(file.raw, plant, root) };
  const { runner, review } = await runnerOf(plant, planted, dir, config);
  const env = { ...process.env, HEMOSTAT_CACHE: join(dir, '.cache') };
  const context = openContext({ cwd: dir, offline: !plant.network, env });
  try {
    const results = await runParts([runner], context);
    const failOn = failOnOf(file.config, review, raw.failOn);
    const policy = { failOn, exceptions: file.config.exceptions, baseline: null };
    const report = judge({ command: 'gate', results, skipped: [], notes: [] }, policy, context.now());
    return controlOf(plant, report, failOn);
  } finally {
    context.close();
  }
}

type ReviewLimit = ReturnType<typeof failOnOf>['review'];

async function runnerOf(
  plant: Plant,
  file: GateFile,
  dir: string,
  config: string | false,
): Promise<{ runner: PartRunner; review: ReviewLimit | undefined }> {
  if (plant.part !== 'review') {
    const runner = await partRunner(plant.part, { file, root: dir, present: detect(dir), image: undefined });
    return { runner, review: undefined };
  }
  const { reviewPart } = await import('./gate-review.ts');
  const own = reviewPart(dir, { patterns: ['./...'] }, config);
  return { runner: own.runner, review: own.failOn };
}

/** Settings that name files which say whom to trust: they are the project's, wherever the planted input is. */
const FILES = ['keys-file', 'trusted-root', 'tree-head', 'tuf-root', 'keys'];

/** The user's section with what points at the planted input over it; null takes a setting away. */
function planting(raw: GateFile['raw'], plant: Plant, root: string): GateFile['raw'] {
  return { ...raw, [plant.part]: over(absolute(raw[plant.part], root), plant.settings) };
}

function absolute(section: unknown, root: string): unknown {
  if (!isRecord(section)) return section;
  const file = (value: unknown): unknown => {
    if (isRecord(value)) return { ...value, file: file(value.file) };
    return typeof value === 'string' ? resolve(root, value) : value;
  };
  return Object.fromEntries(
    Object.entries(section).map(([key, value]) => {
      if (!FILES.includes(key)) return [key, absolute(value, root)];
      return [key, Array.isArray(value) ? value.map(file) : file(value)];
    }),
  );
}

function over(base: unknown, top: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const both = new Map(isRecord(base) ? Object.entries(base) : []);
  for (const [key, value] of Object.entries(top)) {
    if (value === null) both.delete(key);
    else both.set(key, isRecord(value) ? over(both.get(key), value) : value);
  }
  return Object.fromEntries(both);
}

const MARK = { 'can-fail': 'can fail', 'cannot-fail': 'CANNOT FAIL', 'not-proven': 'not proven' } as const;

function text({ verdict, controls }: SelfTestReport, { width, color, unicode }: Terminal): string {
  const paint = picocolors.createColors(color);
  const room = Math.min(120, Math.max(60, width));
  const lines = wrap(printable(`hemostat gate --self-test: ${verdict}`, unicode), room).map((line) => paint.bold(line));
  for (const { part, what, proof, says } of controls) {
    lines.push('', ...wrap(printable(`${part}: ${what}`, unicode), room, '  ', '    '));
    lines.push(...wrap(printable(`${MARK[proof]}: ${says}`, unicode), room, '    '));
  }
  return `${lines.join('\n')}\n`;
}
