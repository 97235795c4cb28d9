/** Reports in a real browser, from disk and without any network: the recorded demo, and a flame graph of 100 000 frames. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, Page } from 'playwright-core';
import { build } from 'vite';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { readTimeline } from '../src/collect/bundle.ts';
import { diagnose } from '../src/diagnose/diagnose.ts';
import { formatBytes } from '../src/findings/units.ts';
import { diagnosisReport } from '../src/watch/report/diagnosis-report.ts';
import { fillReport, type ReportData } from '../src/watch/report/page.ts';
import { syntheticView } from '../ui/src/flame/synthetic.testing.ts';
import { launchBrowser, openPage, type WatchedPage } from './browser.ts';
import { HOSTILE_NAME, sampleHeapGraph } from './report-page-data.ts';

const ROOT = join(import.meta.dirname, '..');
const BUNDLE = join(ROOT, 'lab', 'recorded', 'closure-drags-heap');
/** Where screenshots are kept, for a person to look at; nowhere where it is not set. */
const SHOTS = process.env.HEMOSTAT_SHOTS;

const work = mkdtempSync(join(tmpdir(), 'hemostat-report-page-'));
const big = syntheticView(100_000);
let browser: Browser;
let demo: ReportData;
const open: WatchedPage[] = [];

beforeAll(async () => {
  // From the sources of now, whatever ui/dist has.
  const built = build({
    configFile: join(ROOT, 'ui', 'vite.config.ts'),
    mode: 'report',
    build: { outDir: join(work, 'dist') },
  });
  [browser] = await Promise.all([launchBrowser(), built]);
  const template = readFileSync(join(work, 'dist', 'report.html'), 'utf8');
  const timeline = await readTimeline(BUNDLE);
  demo = await diagnosisReport({ timeline, diagnosis: diagnose(timeline), heap: null, source: null });
  const heap = { ...demo.answers, 'api/heap?capture=dump': sampleHeapGraph() };
  const pages = [...demo.pages, { name: 'Heap graph', href: '#/heap?capture=dump' }];
  writeFileSync(join(work, 'demo.html'), fillReport(template, { ...demo, pages, answers: heap }));
  const flames = { 'api/flame?head=b&base=a': big, 'api/flame?head=b': syntheticView(2000, { compared: false }) };
  const start = '#/flame?head=b&base=a';
  writeFileSync(
    join(work, 'flame.html'),
    fillReport(template, { start, says: [], pages: [], range: null, answers: flames, same: {} }),
  );
});
afterAll(async () => {
  await browser?.close();
  rmSync(work, { recursive: true, force: true });
});
afterEach(async () => {
  for (const { close } of open.splice(0)) await close();
});

async function visit(file: string, options: Parameters<typeof openPage>[2] = {}): Promise<WatchedPage> {
  const origin = `file://${join(work, file)}`;
  const opened = await openPage(browser, origin, { reducedMotion: 'reduce', offline: true, ...options });
  open.push(opened);
  await opened.page.goto(origin);
  await opened.page.waitForSelector('h1');
  return opened;
}

/** Until it is so; the machine may be busy. */
function eventually<T>(get: () => T | Promise<T>) {
  return expect.poll(get);
}

async function shot(page: Page, name: string): Promise<void> {
  if (SHOTS !== undefined) await page.screenshot({ path: join(SHOTS, `${name}.png`), fullPage: true });
}

describe('the demo', () => {
  it.each([
    ['light', 1280],
    ['dark', 1280],
    ['light', 390],
    ['dark', 390],
  ] as const)(
    'opens from disk in %s at %i px: nothing is asked, nothing fails, nothing is cut off',
    async (scheme, width) => {
      const { page, wrong } = await visit('demo.html', { colorScheme: scheme, viewport: { width, height: 900 } });
      for (const { name, href } of [...demo.pages, { name: 'Heap graph', href: '#/heap?capture=dump' }]) {
        await page.getByRole('navigation').getByRole('link', { name, exact: true }).click();
        await page.waitForURL(`**${href}`);
        await page.locator('main .skeleton').first().waitFor({ state: 'detached' });
        await page.waitForSelector('h1');
        const beyond = await page.evaluate<number>(
          'document.documentElement.scrollWidth - document.documentElement.clientWidth',
        );
        expect({ name, beyond }).toEqual({ name, beyond: 0 });
        // The other pages are tried in page.test.ts.
        if (width > 390 && name === (scheme === 'light' ? 'Heap profile' : 'Heap graph')) {
          const { violations } = await new AxeBuilder({ page }).analyze();
          const says = violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`);
          expect({ name, says }).toEqual({ name, says: [] });
        }
        await shot(page, `report-${name.toLowerCase().replaceAll(' ', '-')}-${scheme}-${width}`);
      }
      expect(wrong).toEqual([]);
    },
  );

  it('says what the diagnosis says, and leads to the evidence', async () => {
    const { page, wrong } = await visit('demo.html');
    expect(await page.locator('.report-verdict').textContent()).toBe(demo.says[0]);
    await page
      .locator('main')
      .getByRole('link', { name: /goroutines parked in a channel receive/ })
      .click();
    await page.getByRole('heading', { name: 'Heap before and after' }).waitFor();
    // The graph with its table, which is there for screen readers.
    const row = page.getByRole('row', { name: /main\.buildReport/ });
    expect(await row.getByRole('cell').last().textContent()).toMatch(/^\+80\.\d MiB$/);
    await page.getByRole('link', { name: 'Open the flame graph' }).click();
    await page.getByRole('combobox', { name: 'Sample type' }).selectOption('inuse_objects');
    await eventually(() => page.getByRole('row', { name: /main\.buildReport/ }).textContent()).toMatch(/\+8$/);
    expect(wrong).toEqual([]);
  });

  it('shows the way from a holder to the bytes, and names from a dump as text', async () => {
    const { page, wrong } = await visit('demo.html');
    await page.getByRole('link', { name: 'Heap graph' }).click();
    await page.getByRole('button', { name: /global main\.cache/ }).click();
    const path = page.locator('.heap-path');
    expect(await path.getByRole('listitem').allTextContents()).toEqual([
      'global main.cache31.4 MiB',
      'map[string]*main.entry31.0 MiB',
      '*main.entry',
    ]);
    expect(await page.getByRole('row', { name: HOSTILE_NAME }).count()).toBe(1);
    expect(wrong).toEqual([]);
  });
});

/** How many colours there are in the graph below the root, looked at in every 97th pixel of a copy. */
const COLOURS = `(() => {
  const canvas = document.querySelector('.flame-box canvas');
  const context = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d', { willReadFrequently: true });
  context.drawImage(canvas, 0, 0);
  const { data } = context.getImageData(0, 20, canvas.width, canvas.height - 20);
  const seen = new Set();
  for (let i = 0; i < data.length; i += 4 * 97) seen.add(data[i] * 65536 + data[i + 1] * 256 + data[i + 2]);
  return seen.size;
})()`;

describe('a flame graph of 100 000 frames', () => {
  const graph = (page: Page) => page.getByRole('application');
  const line = (page: Page) => page.locator('.flame-line');

  it('is searched, zoomed and compared by the keyboard alone, and says what it shows', async () => {
    const { page, wrong } = await visit('flame.html');
    await graph(page).focus();
    await page.keyboard.press('ArrowDown');
    const first = await line(page).locator('strong').textContent();
    expect(await line(page).textContent()).toMatch(/Before[\d.]+ GiBAfter[\d.]+ GiB \([\d.]+ % of all\)Change\+/);
    await page.keyboard.press('Enter');
    const out = page.getByRole('button', { name: 'Whole graph' });
    await eventually(() => out.isEnabled()).toBe(true);
    await page.keyboard.press('ArrowRight');
    expect(await line(page).locator('strong').textContent()).not.toBe(first);
    await page.keyboard.press('ArrowUp');
    expect(await line(page).locator('strong').textContent()).toBe('all');
    await page.keyboard.press('Escape');
    await eventually(() => out.isDisabled()).toBe(true);

    await page.keyboard.press('/');
    await page.keyboard.type('Store.*method12');
    const found = page.locator('.flame-found');
    const names = big.function.map((id) => big.strings[id] ?? '');
    const rows = names.filter((name) => /store.*method12/i.test(name)).length;
    await eventually(() => found.textContent()).toMatch(
      new RegExp(`^${rows} frames: after [\\d.]+ GiB, [\\d.]+ % of all; before`),
    );
    await shot(page, 'flame-search');
    await page.keyboard.type('(');
    await eventually(() => found.textContent()).toMatch(/^This is no regular expression/);
    await page.keyboard.press('Escape');
    expect(await found.textContent()).toBe('');
    expect(wrong).toEqual([]);
  });

  it('separates what grew from what shrank', async () => {
    const { page, wrong } = await visit('flame.html');
    const sum = (by: (after: number, before: number) => number): string =>
      formatBytes(big.head_flat.reduce((total, after, row) => total + by(after, big.base_flat[row] ?? 0), 0));
    const legend = page.getByRole('list', { name: 'Legend' });
    expect(await legend.textContent()).toContain(`the whole width is ${sum(Math.max)}`);
    await page.getByRole('radio', { name: 'Grew' }).check();
    await eventually(() => legend.textContent()).toContain(
      `only what was added: ${sum((a, b) => Math.max(0, a - b))} in all`,
    );
    await page.getByRole('radio', { name: 'Shrank' }).check();
    await eventually(() => legend.textContent()).toContain(
      `only what went: ${sum((a, b) => Math.max(0, b - a))} in all`,
    );
    await page.getByRole('radio', { name: 'Relative' }).check();
    await eventually(() => legend.textContent()).toContain('−100 %');
    expect(wrong).toEqual([]);
  });

  it('draws its boxes: colours of the palette, and what is below the pointer is said', async () => {
    const { page, wrong } = await visit('flame.html');
    const colours = (): Promise<number> => page.evaluate<number>(COLOURS);
    await eventually(colours).toBeGreaterThan(8);
    const box = await page.locator('.flame-box canvas').boundingBox();
    await page.mouse.move((box?.x ?? 0) + 30, (box?.y ?? 0) + 30);
    const tip = page.locator('.flame-tip');
    await tip.waitFor();
    expect(await tip.textContent()).toMatch(/Before[\d.]+ \w+After/);
    await shot(page, 'flame-wide');
    await page.mouse.click((box?.x ?? 0) + 30, (box?.y ?? 0) + 30);
    await eventually(() => page.getByRole('button', { name: 'Whole graph' }).isEnabled()).toBe(true);
    await page.goto(`file://${join(work, 'flame.html')}#/flame?head=b`);
    await page.getByText('standard library').waitFor();
    await eventually(colours).toBeGreaterThan(8);
    await shot(page, 'flame-one');
    expect(wrong).toEqual([]);
  });
});

describe.runIf(existsSync(join(ROOT, 'ui', 'dist', 'report.html')))('--html', () => {
  const hemostat = (...args: string[]) =>
    spawnSync(process.execPath, [join(ROOT, 'src', 'cli', 'main.ts'), ...args], {
      encoding: 'utf8',
      timeout: 150_000,
      env: { ...process.env, NO_COLOR: '1' },
    });

  it('prints what is printed without it, and says on stderr where the page is', () => {
    const file = join(work, 'cli.html');
    const plain = hemostat('diagnose', BUNDLE, '--json');
    const both = hemostat('diagnose', BUNDLE, '--json', '--html', file);
    expect([both.status, both.stdout]).toEqual([plain.status, plain.stdout]);
    expect(both.stderr).toMatch(/^report written to .*cli\.html \([\d.]+ KiB\); open it in a browser\n$/);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('fails before the window begins where the file cannot be written', () => {
    const { status, stdout, stderr } = hemostat('diagnose', BUNDLE, '--html', join(work, 'nowhere', 'x.html'));
    expect([status, stdout]).toEqual([3, '']);
    expect(stderr).toMatch(/^hemostat: --html .*nowhere is not there; create it first\n$/);
  });
});
