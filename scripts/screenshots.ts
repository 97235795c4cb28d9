/**
 * Makes the pictures of the page in docs/images: `node scripts/screenshots.ts`. Watches the lab for real until the leak is
 * found (some minutes), then looks at its pages with the system's Chromium.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContextOptions, chromium } from 'playwright-core';
import { z } from 'zod';

const ROOT = join(import.meta.dirname, '..');
const IMAGES = join(ROOT, 'docs', 'images');
const SERVICES = ['closure-drags-heap', 'steady'];
/** A picture for a README is small, bytes. */
const LARGEST = 200 * 1024;
/** After the leak was found: plots are to have something to show, ms. */
const LONGER = 45_000;

const FINDINGS = z.object({
  findings: z.array(
    z.object({
      id: z.string(),
      service: z.string(),
      environment: z.string(),
      base: z.string().nullable(),
      head: z.string().nullable(),
      rule: z.string(),
      verdict: z.string(),
    }),
  ),
});

async function main(): Promise<void> {
  mkdirSync(IMAGES, { recursive: true });
  const data = mkdtempSync(join(tmpdir(), 'hemostat-screenshots-'));
  const words = [...SERVICES.map((name) => `lab:${name}`), '--listen', '127.0.0.1:0', '--data', data];
  const server = spawn(join(ROOT, 'bin', 'hemostat'), ['watch', ...words], { stdio: ['ignore', 'pipe', 'pipe'] });
  try {
    let log = '';
    for (const stream of [server.stdout, server.stderr])
      stream.on('data', (bytes: Buffer) => (log += bytes.toString()));
    const url = await until(
      () => /http:\/\/127\.0\.0\.1:\d+/.exec(log)?.[0],
      120_000,
      () => log,
    );
    const ask = async () => FINDINGS.parse(await (await fetch(`${url}/api/findings?state=open`)).json()).findings;
    const leak = async () =>
      (await ask()).find(({ rule, verdict }) => rule === 'goroutine-blocked-receive' && verdict === 'confirmed');
    await until(leak, 300_000, () => log);
    process.stdout.write('found; looking on for a while\n');
    await pause(LONGER);
    const worst = await leak();
    if (worst === undefined) throw new Error('the finding is gone');
    await takeAll(url, worst);
  } finally {
    server.kill('SIGTERM');
    await new Promise((resolve) => (server.exitCode === null ? server.once('exit', resolve) : resolve(null)));
    rmSync(data, { recursive: true, force: true });
  }
}

async function takeAll(url: string, worst: z.infer<typeof FINDINGS>['findings'][number]): Promise<void> {
  const service = `${worst.environment || '-'}/${worst.service}`;
  const wide = { viewport: { width: 1280, height: 820 } };
  const phone = { viewport: { width: 390, height: 820 } };
  const pictures: readonly (readonly [string, string, BrowserContextOptions])[] = [
    ['fleet', '#/', { viewport: { width: 1280, height: 420 } }],
    ['service', `#/service/${service}`, { viewport: { width: 1280, height: 900 } }],
    ['service-dark', `#/service/${service}`, { ...wide, colorScheme: 'dark' }],
    ['finding', `#/finding/${worst.id}`, { viewport: { width: 1280, height: 900 } }],
    ['finding-phone', `#/finding/${worst.id}`, phone],
    ['flame', `#/flame?head=${worst.head}&base=${worst.base}`, wide],
    ['goroutines', `#/goroutines/${service}`, { viewport: { width: 1280, height: 620 } }],
    ['compare', `#/compare?base=${worst.base}&head=${worst.head}`, wide],
  ];
  const browser = await chromium.launch({
    executablePath: process.env.HEMOSTAT_CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox'],
  });
  for (const [name, hash, options] of pictures) {
    const context = await browser.newContext({ colorScheme: 'light', reducedMotion: 'reduce', ...options });
    const page = await context.newPage();
    await page.goto(`${url}/${hash}`);
    await page.locator('main .skeleton').first().waitFor({ state: 'detached' });
    await pause(500);
    const path = join(IMAGES, `${name}.png`);
    await page.screenshot({ path });
    const { size } = statSync(path);
    process.stdout.write(`${path}: ${Math.round(size / 1024)} KiB\n`);
    if (size > LARGEST) throw new Error(`${path} is larger than ${LARGEST / 1024} KiB`);
    await context.close();
  }
  await browser.close();
}

async function until<T>(ask: () => T | undefined | Promise<T | undefined>, ms: number, log: () => string): Promise<T> {
  for (const end = Date.now() + ms; Date.now() < end; await pause(500)) {
    const found = await ask();
    if (found !== undefined) return found;
  }
  throw new Error(`nothing within ${ms / 1000} s; the server says:\n${log()}`);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

if (import.meta.main) await main();
