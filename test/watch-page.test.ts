/**
 * The whole of it: `hemostat watch` on a service that leaks and on one that does not, and a browser that walks from the
 * fleet to the line, with what the page shows held against what the API answered. Screenshots go to .cache/page.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { z } from 'zod';
import { formatBytes, formatRate } from '../src/findings/units.ts';
import {
  compare,
  type FindingView,
  findingDetail,
  findings,
  flame,
  fleet,
  goroutines,
  opened,
  service,
} from '../src/watch/api/contract.ts';
import { launchBrowser, openPage } from './browser.ts';

const ROOT = join(import.meta.dirname, '..');
const SHOTS = join(ROOT, '.cache', 'page');
const HEAP = join(ROOT, 'lab', 'recorded', 'closure-drags-heap', '005-heap.pb.gz');
const LEAK = 'closure-drags-heap';
const STEADY = 'steady';
/** What the product promises for the first answer, ms. */
const PROMISED = 180_000;

const data = mkdtempSync(join(tmpdir(), 'hemostat-watch-page-'));
let server: ChildProcess;
let browser: Browser;
let url = '';
let log = '';

beforeAll(async () => {
  mkdirSync(SHOTS, { recursive: true });
  // More often than by itself: the test is to be short. What is looked at and how is the same.
  const words = [`lab:${LEAK}`, `lab:${STEADY}`, '--every', '5s', '--listen', '127.0.0.1:0', '--data', data];
  server = spawn(join(ROOT, 'bin', 'hemostat'), ['watch', ...words], { stdio: ['ignore', 'pipe', 'pipe'] });
  for (const stream of [server.stdout, server.stderr])
    stream?.on('data', (bytes: Buffer) => {
      log += bytes.toString('utf8');
    });
  browser = await launchBrowser();
  await until(() => {
    if (server.exitCode !== null) throw new Error(`hemostat watch ended:\n${log}`);
    url = /http:\/\/127\.0\.0\.1:\d+/.exec(log)?.[0] ?? '';
    return url !== '';
  }, 120_000);
}, 150_000);

afterAll(async () => {
  await browser?.close();
  if (server?.exitCode === null) {
    const ended = new Promise((resolve) => server.once('exit', resolve));
    server.kill('SIGTERM');
    await ended;
  }
  rmSync(data, { recursive: true, force: true });
});

async function until(done: () => boolean | Promise<boolean>, ms: number): Promise<void> {
  const end = Date.now() + ms;
  while (!(await done())) {
    if (Date.now() > end) throw new Error(`not within ${ms / 1000} s; the server says:\n${log.slice(-3000)}`);
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

/** Open findings of a service that a person is told of: nothing that is only suspected of a slow start. */
async function found(of: string): Promise<FindingView[]> {
  const answer = findings.parse(await (await fetch(`${url}/api/findings?service=${of}`)).json());
  return answer.findings.filter(({ state, verdict }) => state !== 'resolved' && verdict !== 'cleared');
}

/** What the page asked last, by the path without its query. The server goes on: only what the page got can be shown. */
class Answers {
  readonly #last = new Map<string, unknown>();

  constructor(page: Page) {
    page.on('response', (response) => {
      const { pathname } = new URL(response.url());
      if (!pathname.startsWith('/api/') || pathname === '/api/events') return;
      response.json().then(
        (answer: unknown) => this.#last.set(pathname, answer),
        () => undefined, // The page went elsewhere before the answer was whole.
      );
    });
  }

  /** Holds the page against the answer, again and again until it holds: between the two there are a few milliseconds. */
  async hold<T>(schema: z.ZodType<T>, pathname: string, check: (answer: T) => Promise<void>): Promise<void> {
    await expect
      .poll(
        async () => {
          try {
            await check(schema.parse(this.#last.get(pathname)));
            return 'holds';
          } catch (error) {
            return error instanceof Error ? error.message : String(error);
          }
        },
        { timeout: 120_000 },
      )
      .toBe('holds');
  }
}

it('finds the leak, not the other, and shows it from the fleet to the line', async () => {
  let leak: FindingView | undefined;
  await until(async () => {
    leak = (await found(LEAK)).find(({ where }) => where.function.startsWith('main.(*desk).submit'));
    return leak !== undefined;
  }, PROMISED);
  expect(await found(STEADY)).toEqual([]);

  const { page, wrong, close } = await openPage(browser, url);
  const answers = new Answers(page);
  const text = async (selector = 'main'): Promise<string> => (await page.locator(selector).textContent()) ?? '';
  const shot = async (name: string) => {
    await page.locator('main .skeleton').first().waitFor({ state: 'detached' });
    await page.screenshot({ path: join(SHOTS, `${name}.png`), fullPage: true });
  };

  // Fleet
  await page.goto(`${url}/`);
  await answers.hold(fleet, '/api/fleet', async ({ services }) => {
    const [worst] = services;
    const row = await text('table.fleet tbody tr:first-child');
    expect(worst?.service).toBe(LEAK);
    expect(row).toContain(worst?.title);
    expect(row).toContain(formatRate(worst?.perHour ?? 0));
    expect(row).toContain(formatBytes(worst?.rss ?? 0));
    expect(await text('table.fleet tbody tr:last-child')).toContain('Nothing found');
  });
  await shot('fleet');

  // Service
  await page.getByRole('link', { name: LEAK, exact: true }).click();
  const environment = leak?.environment || '-';
  const path = `/api/services/${environment}/${LEAK}`;
  await answers.hold(service, path, async ({ ledger, series, findings: own }) => {
    const main = await text();
    expect(main).toContain(own[0]?.title);
    // The cursor stands on the newest value.
    expect(main).toContain(formatBytes(ledger.rss.at(-1) ?? 0));
    expect(main).toContain(formatBytes(series.find(({ name }) => name === 'live-heap')?.value.at(-1) ?? 0));
    // RSS and its limit are in the plot of the ledger.
    const plots = series.filter(({ name }) => name !== 'rss' && name !== 'limit').length + 1;
    expect(await page.locator('.plot-canvas canvas').count()).toBe(plots);
  });
  await shot('service');
  const both = await page.getByRole('link', { name: 'Compare both ends' }).getAttribute('href');

  // Finding
  await page.locator('.finding-title').first().click();
  await answers.hold(findingDetail, `/api/findings/${leak?.id}`, async ({ finding, plots }) => {
    expect(await text('h1')).toBe(finding.title);
    const main = await text();
    expect(main).toContain(formatRate(finding.growth?.perHour ?? 0));
    expect(main).toContain(formatBytes(finding.holds?.bytes ?? 0));
    for (const item of finding.evidence) expect(main).toContain(item.says);
    expect(await page.locator('.leg .plot-canvas canvas').count()).toBe(plots.length);
  });
  await shot('finding');

  // Flame diff
  await page.getByRole('link', { name: 'Open the flame graph' }).click();
  await page.getByRole('heading', { level: 1, name: 'Flame graph, before and after' }).waitFor();
  await answers.hold(flame, '/api/flame', async (view) => {
    const grown = (view.head_cum[0] ?? 0) - (view.base_cum[0] ?? 0);
    expect(grown).toBeGreaterThan(0);
    expect(await text()).toContain(`+${formatBytes(grown)}`);
    expect(view.strings).toContain('main.buildReport');
  });
  await shot('flame');

  // Goroutines
  await page.goto(`${url}/#/service/${environment}/${LEAK}`);
  await page.getByRole('link', { name: 'Goroutines' }).click();
  await answers.hold(goroutines, `${path}/goroutines`, async ({ total, clusters }) => {
    expect(await text('.page-says')).toContain(`${total} now`);
    const first = await text('table.clusters tbody tr:first-child');
    expect(first).toContain(String(clusters[0]?.count));
    expect(first).toContain('main.(*desk).submit.func1');
  });
  await shot('goroutines');

  // Compare
  await page.goto(`${url}/${both}`);
  await answers.hold(compare, '/api/compare', async ({ verdict, sites, metrics }) => {
    const main = await text();
    expect(main).toContain(verdict);
    expect(main).toContain(`+${formatBytes((sites[0]?.after ?? 0) - (sites[0]?.before ?? 0))}`);
    const rss = metrics.find(({ name }) => name === 'rss_bytes');
    expect(main).toContain(formatBytes(rss?.after ?? 0));
  });
  await shot('compare');

  // A file, dropped
  await page.goto(`${url}/#/open`);
  const bytes = readFileSync(HEAP).toString('base64');
  const file = await page.evaluateHandle<unknown>(`(() => {
    const transfer = new DataTransfer();
    const bytes = Uint8Array.from(atob('${bytes}'), (one) => one.charCodeAt(0));
    transfer.items.add(new File([bytes], 'heap.pb.gz'));
    return transfer;
  })()`);
  await page.locator('fieldset.drop').dispatchEvent('drop', { dataTransfer: file });
  await answers.hold(opened, '/api/open', async (view) => {
    expect(await text('h2')).toBe('heap.pb.gz');
    const main = await text();
    expect(main).toContain(view.says);
    expect(main).toContain(formatBytes(view.flame?.head_cum[0] ?? 0));
  });
  await shot('open');

  expect(wrong).toEqual([]);
  await close();
}, 400_000);
