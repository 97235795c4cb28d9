/** The page in a real browser, with a real API and a real store behind it (page-seed.ts). */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { formatBytes, formatCount, formatRate } from '../src/findings/units.ts';
import {
  captures,
  compare,
  type FindingView,
  findings,
  fleet,
  goroutines,
  type IncidentView,
  incidentDetail,
  incidents,
  syscalls,
} from '../src/watch/api/contract.ts';
import { launchBrowser, openPage, type WatchedPage } from './browser.ts';
import { HOSTILE, type SeededPage, seedPage } from './page-seed.ts';

const SHOTS = join(import.meta.dirname, '..', '.cache', 'page');
const BUNDLE = join(import.meta.dirname, '..', 'lab', 'recorded', 'closure-drags-heap');

let browser: Browser;
let seed: SeededPage;
/** Before the seed was made, ms. */
const seeded = Date.now();
const open: WatchedPage[] = [];

beforeAll(async () => {
  [browser, seed] = await Promise.all([launchBrowser(), seedPage()]);
});
afterAll(async () => {
  await browser?.close();
  await seed?.close();
});
afterEach(async () => {
  for (const { close } of open.splice(0)) await close();
});

async function visit(hash: string, options: Parameters<typeof openPage>[2] = {}, url = seed.url): Promise<WatchedPage> {
  const opened = await openPage(browser, url, options);
  open.push(opened);
  await opened.page.goto(`${url}/${hash}`);
  return opened;
}

/** The API's own answer, checked against its schema. */
async function api<T>(schema: z.ZodType<T>, path: string): Promise<T> {
  return schema.parse(await (await fetch(`${seed.url}/api/${path}`)).json());
}

/** Until what is loading is there. */
async function settled(page: Page): Promise<void> {
  await page.waitForSelector('h1');
  await page.locator('main').locator('.skeleton, [aria-busy="true"]').first().waitFor({ state: 'detached' });
}

/** The leak. */
async function theFinding(): Promise<FindingView> {
  const found = (await api(findings, 'findings')).findings.find(({ growth }) => growth !== null);
  if (found === undefined) throw new Error('the seed has no finding');
  return found;
}

/** Of the leak; `other`: of the service with the hostile name, over its time. */
async function theIncident(other = false): Promise<IncidentView> {
  const all = (await api(incidents, 'incidents')).incidents;
  const found = all.find(({ service }) => (service === HOSTILE) === other);
  if (found === undefined) throw new Error('the seed has no such incident');
  return found;
}

/** First and last capture of the leaking service. */
async function ends(): Promise<[string, string]> {
  const { captures: all } = await api(captures, 'captures?service=reports&limit=20');
  return [all.at(-1)?.id ?? '', all[0]?.id ?? ''];
}

describe('every page', () => {
  const pages = async (): Promise<string[]> => {
    const [base, head] = await ends();
    const { id } = await theFinding();
    return [
      ...['#/', '#/service/prod/reports', `#/finding/${id}`, '#/goroutines/prod/reports'],
      ...['#/syscalls/prod/reports', '#/syscalls/prod/checkout'],
      ...[`#/compare?base=${base}&head=${head}`, `#/flame?head=${head}&base=${base}`, '#/open', '#/status'],
      ...['#/respond', `#/incident/${(await theIncident()).id}`],
      ...['#/compare', '#/flame', '#/nowhere', '#/finding/0000000000000000'],
    ];
  };

  it.each(['light', 'dark'] as const)(
    'has no problem that axe finds, and none in the console, in %s',
    async (scheme) => {
      const { page, wrong } = await visit('#/', { colorScheme: scheme, reducedMotion: 'reduce' });
      const says: string[] = [];
      for (const hash of await pages()) {
        await page.goto(`${seed.url}/${hash}`);
        await page.locator('main .skeleton').first().waitFor({ state: 'detached' });
        const axe = new AxeBuilder({ page }).setLegacyMode();
        // Between light and dark nothing but colours differs.
        if (scheme === 'dark') axe.withRules(['color-contrast']);
        const { violations } = await axe.analyze();
        for (const { id, nodes } of violations) says.push(`${hash} ${id}: ${nodes.map((node) => node.html).join(' ')}`);
      }
      expect(says).toEqual([]);
      // The one that is not there is told so by the server; the browser logs that.
      expect(wrong.filter((one) => !/status of 404/.test(one))).toEqual([]);
    },
    300_000,
  );

  it('fits a phone without scrolling sideways', async () => {
    const { page } = await visit('#/', { viewport: { width: 390, height: 844 } });
    const says: string[] = [];
    for (const hash of await pages()) {
      await page.goto(`${seed.url}/${hash}`);
      await page.locator('main .skeleton').first().waitFor({ state: 'detached' });
      const beyond = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
      if (beyond > 0) says.push(`${hash} is ${beyond} px too wide`);
    }
    expect(says).toEqual([]);
  });
});

describe('the numbers', () => {
  it('of the fleet are the API’s, and names are text whatever is in them', async () => {
    const { page } = await visit('#/');
    await settled(page);
    const { services } = await api(fleet, 'fleet');
    const rows = page.locator('table.fleet tbody tr');
    expect(await rows.count()).toBe(services.length);
    for (const one of services) {
      const row = rows.filter({ has: page.getByRole('link', { name: one.service, exact: true }) });
      const text = await row.textContent();
      if (one.title !== null) expect(text).toContain(one.title);
      if (one.perHour !== null) expect(text).toContain(formatRate(one.perHour));
      expect(text).toContain(formatBytes(one.rss ?? 0));
      expect(text).toContain(formatCount(one.goroutines ?? 0));
    }
    expect(services.map((one) => one.service)).toContain(HOSTILE);
    expect(await page.evaluate('window.hurt')).toBeUndefined();
    expect(await page.locator('main img').count()).toBe(0);
  });

  it('of a finding are the API’s: growth, what it holds, each leg with its plot', async () => {
    const found = await theFinding();
    const { page } = await visit(`#/finding/${found.id}`);
    await settled(page);
    expect(await page.locator('h1').textContent()).toBe(found.title);
    const text = await page.locator('main').textContent();
    expect(text).toContain(formatRate(found.growth?.perHour ?? 0));
    expect(text).toContain(formatBytes(found.holds?.bytes ?? 0));
    for (const item of found.evidence) expect(text).toContain(item.says);
    for (const step of found.chain) expect(text).toContain(step.text);
    expect(text).toContain(found.fix.text);
    const heap = page.locator('.leg', { hasText: 'Heap profile' });
    expect(await heap.getByRole('slider').getAttribute('aria-valuetext')).toMatch(/^\d\d:\d\d:\d\d: 80\.1 MiB$/);
    expect(await page.locator('.source .here').textContent()).toContain(String(found.where.line));
  });

  it('of goroutines and of a comparison are the API’s', async () => {
    const clusters = await api(goroutines, 'services/prod/reports/goroutines');
    const { page } = await visit('#/goroutines/prod/reports');
    await settled(page);
    expect(await page.locator('.page-says').textContent()).toContain(`${clusters.total} now`);
    const first = page.locator('table.clusters tbody tr').first();
    expect(await first.textContent()).toContain(String(clusters.clusters[0]?.count));
    await first.getByRole('button').click();
    expect(await page.locator('.stack-row li').count()).toBe(clusters.clusters[0]?.stack.length);
    await page.getByRole('searchbox', { name: 'Filter' }).fill('no such function');
    await page.getByText('No cluster fits the filter.').waitFor();

    const [base, head] = await ends();
    const compared = await api(compare, `compare?base=${base}&head=${head}`);
    await page.goto(`${seed.url}/#/compare?base=${base}&head=${head}`);
    await page.getByRole('heading', { name: 'Counters' }).waitFor();
    const text = await page.locator('main').textContent();
    expect(text).toContain(compared.verdict ?? 'no verdict');
    const [site] = compared.sites;
    expect(text).toContain(`+${formatBytes((site?.after ?? 0) - (site?.before ?? 0))}`);
  });
});

describe('syscalls', () => {
  it('are the API’s, with the band of the one that is chosen in words, and who called it', async () => {
    const { page } = await visit('#/service/prod/reports');
    await settled(page);
    await page.getByRole('link', { name: 'Syscalls' }).click();
    await page.getByRole('heading', { name: 'Calls per minute' }).waitFor();
    const view = await api(syscalls, 'services/prod/reports/syscalls');
    const names = page.locator('table.syscalls tbody th');
    expect(await names.allTextContents()).toEqual(view.syscalls.map(({ name }) => name));
    const openat = page.locator('table.syscalls tbody tr', { hasText: 'openat' });
    expect(await openat.textContent()).toMatch(/^openatnormal\d+12 – 89150/);
    // With the keyboard: the table's button draws it, and the plot says its values.
    await openat.getByRole('button').focus();
    await page.keyboard.press('Enter');
    const plot = page.getByRole('slider', { name: /^openat/ });
    await plot.waitFor();
    expect(await openat.getByRole('button').getAttribute('aria-pressed')).toBe('true');
    const main = page.locator('main');
    expect(await main.textContent()).toContain('12 to 89 a minute are normal; from 150 on it is an anomaly. 1 window');
    await plot.focus();
    await page.keyboard.press('Home');
    for (let i = 0; i < 9; i++) await page.keyboard.press('ArrowRight');
    expect(await plot.getAttribute('aria-valuetext')).toMatch(
      /openat 640\/min, limit 150\/min, beyond the limit 640\/min/,
    );
    expect(await main.getByText('ptrace, which it never did').count()).toBe(1);
    expect(await page.evaluate('window.hurt')).toBeUndefined();
    mkdirSync(SHOTS, { recursive: true });
    await page.screenshot({ path: join(SHOTS, 'syscalls.png'), fullPage: true });
    await page.goto(`${seed.url}/#/syscalls/prod/checkout`);
    await page.getByText('Not collected.').waitFor();
    await page.getByText('Nobody counts system calls here.').waitFor();
  });
});

describe('a service', () => {
  it('is zoomed by dragging over a plot, and compared at the ends of what was marked', async () => {
    const { page } = await visit('#/service/prod/reports');
    await settled(page);
    const box = await page.locator('.plot-canvas .u-over').first().boundingBox();
    if (box === null) throw new Error('there is no plot');
    await page.mouse.move(box.x + box.width * 0.3, box.y + 50);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.8, box.y + 60, { steps: 4 });
    await page.mouse.up();
    const href = await page.getByRole('link', { name: 'Compare its ends' }).getAttribute('href');
    expect(href).toMatch(/^#\/compare\?base=\w+-\w+&head=\w+-\w+$/);
    await page.getByRole('button', { name: 'Zoom', exact: true }).click();
    await page.waitForURL(/from=\d+&to=\d+/);
    const asked = new URLSearchParams(new URL(page.url()).hash.split('?')[1]);
    const minutes = (Number(asked.get('to')) - Number(asked.get('from'))) / 60_000;
    // Half of what is drawn: the seed's quarter of an hour, and what has passed since.
    expect(minutes).toBeGreaterThan(6);
    expect(minutes).toBeLessThan(9 + (Date.now() - seeded) / 60_000);
    expect(await page.getByRole('radio', { checked: true }).count()).toBe(0);
  });

  it('does the same with the keyboard alone, and says its values', async () => {
    const { page } = await visit('#/service/prod/reports');
    await settled(page);
    const plot = page.getByRole('slider', { name: /^Live heap after GC/ });
    await plot.focus();
    const before = await plot.getAttribute('aria-valuetext');
    await page.keyboard.press('Home');
    expect(await plot.getAttribute('aria-valuetext')).not.toBe(before);
    expect(await plot.getAttribute('aria-valuetext')).toMatch(/: 1\.4 MiB$/);
    for (let i = 0; i < 4; i++) await page.keyboard.press('Shift+ArrowRight');
    await page.getByRole('link', { name: 'Compare its ends' }).waitFor();
    await plot.focus();
    await page.keyboard.press('Enter');
    await page.waitForURL(/from=\d+&to=\d+/);
    await settled(page);
    await page.getByRole('button', { name: 'Values of Goroutines' }).click();
    expect(
      await page.getByRole('region', { name: 'Values of Goroutines' }).locator('tbody tr').count(),
    ).toBeGreaterThan(2);
  });
});

describe('the shell', () => {
  it('jumps to a finding, gives help, and changes the theme, all from the keyboard', async () => {
    const found = await theFinding();
    const { page } = await visit('#/');
    await settled(page);
    await page.keyboard.press('/');
    await page.keyboard.type('goroutines parked');
    await page.getByRole('option', { name: new RegExp(found.rule) }).waitFor();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: found.title }).waitFor();
    expect(page.url()).toContain(found.id);
    expect(await page.evaluate('document.activeElement.id')).toBe('main');
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keyboard' }).waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.press('g');
    await page.keyboard.press('s');
    await page.getByRole('heading', { level: 1, name: 'Status' }).waitFor();
    const theme = page.getByRole('button', { name: /^Theme/ });
    for (const [next, says] of [
      ['light', 'Light'],
      ['dark', 'Dark'],
    ]) {
      await theme.click();
      expect(await page.locator('html').getAttribute('data-theme')).toBe(next);
      expect(await theme.textContent()).toContain(says);
    }
    await page.reload();
    expect(await page.locator('html').getAttribute('data-theme')).toBe('dark');
  });

  it('asks again when the server says that something happened', async () => {
    const { page } = await visit('#/');
    await settled(page);
    const asked = page.waitForResponse((response) => response.url().endsWith('/api/fleet'));
    const event = { kind: 'capture', environment: 'prod', service: 'reports', id: 'x', at: Date.now() } as const;
    // Again and again: the subscription may be later than the page.
    const again = setInterval(() => seed.emit(event), 200);
    await asked;
    clearInterval(again);
  });

  it('says in one sentence what is wrong, and tries again when asked to', async () => {
    const { page } = await visit('#/open');
    await page.route('**/api/fleet', (route) => route.fulfill({ status: 500, body: '{"error":"The disk is full."}' }));
    await page.goto(`${seed.url}/#/`);
    await page.getByRole('alert').filter({ hasText: 'The disk is full.' }).waitFor();
    await page.unroute('**/api/fleet');
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByRole('link', { name: 'reports', exact: true }).waitFor();
  });
});

describe('what a person does', () => {
  it('acknowledges and silences a finding', async () => {
    const { id } = await theFinding();
    const { page } = await visit(`#/finding/${id}`);
    await settled(page);
    const acknowledge = page.getByRole('button', { name: 'Acknowledge' });
    expect(await acknowledge.isDisabled()).toBe(true);
    await page.getByLabel('Your name').fill('Ada');
    await page.getByLabel('What is known or done about it').fill(HOSTILE);
    await acknowledge.click();
    await page.getByText('Acknowledged by').waitFor();
    expect(await theFinding()).toMatchObject({ acknowledged: { by: 'Ada', note: HOSTILE } });
    await page.getByLabel('No alerts for').selectOption({ label: '8 hours' });
    await page.getByRole('button', { name: 'Silence' }).click();
    await page.getByText('Silenced until').waitFor();
    expect(((await theFinding()).silencedUntil ?? 0) - Date.now()).toBeGreaterThan(7.9 * 3_600_000);
    await page.getByRole('button', { name: 'End the silence' }).click();
    await page.getByText('Silenced until').waitFor({ state: 'detached' });
    expect((await theFinding()).silencedUntil).toBeNull();
    await page.getByRole('button', { name: 'Take it back' }).click();
    await page.getByText('Acknowledged by').waitFor({ state: 'detached' });
    expect(await page.evaluate('window.hurt')).toBeUndefined();
  });

  it('shows who owes what by when, and takes an answer', async () => {
    const { page, wrong } = await visit('#/respond');
    await settled(page);
    const cards = page.getByRole('list', { name: 'Open incidents' }).locator(':scope > li');
    const late = await theIncident(true);
    // What is over its time comes first, in words and not by its colour alone.
    const first = (await cards.first().textContent()) ?? '';
    for (const text of [late.title, 'Overdue by', 'an acknowledgement', 'a rollback plan'])
      expect(first).toContain(text);
    expect(
      await page
        .getByRole('navigation')
        .getByRole('link', { name: /Response.*1 overdue/ })
        .count(),
    ).toBe(1);
    await page.getByText('n is 3: with fewer than 10').waitFor();
    mkdirSync(SHOTS, { recursive: true });
    await page.screenshot({ path: join(SHOTS, 'respond.png'), fullPage: true });
    await page.getByLabel('Security').check();
    await page.getByText('Nothing is open that security owes an answer to.').waitFor();
    await page.getByLabel('Operations').check();
    await cards.nth(1).waitFor();

    const leak = await theIncident();
    await page.getByRole('link', { name: leak.title }).click();
    await page.getByRole('heading', { level: 1, name: leak.title }).waitFor();
    const main = page.locator('main');
    expect(await main.textContent()).toContain('Refused: commit 9fceb02d0ae5 changes no test');
    await page.screenshot({ path: join(SHOTS, 'incident.png'), fullPage: true });
    await page.getByLabel('Your name').fill('Ada');
    await main.getByRole('combobox').selectOption('operations');
    await page.getByLabel('What is known').fill('waits for the registry');
    await page.getByRole('button', { name: 'Pause' }).click();
    await main.getByText(/Paused with .* left/).waitFor();
    await page.getByRole('button', { name: 'Resume' }).click();
    await main.getByText(/Paused with .* left/).waitFor({ state: 'detached' });
    await page.getByLabel('Name of the plan').fill('reports-plan.yaml');
    await page.getByRole('button', { name: 'Attach' }).click();
    await main.locator('code', { hasText: 'reports-plan.yaml' }).waitFor();
    expect(await page.getByRole('button', { name: 'Close' }).isDisabled()).toBe(true);
    await page.getByLabel('What is known').fill('rolled back by hand');
    await page.getByRole('button', { name: 'Close' }).click();
    await main.locator('.urgency.closed').waitFor();
    const { incident, events } = await api(incidentDetail, `incidents/${leak.id}`);
    expect(incident.state).toBe('closed');
    expect(events.at(-1)).toMatchObject({ by: 'Ada', says: expect.stringContaining('rolled back by hand') });
    expect(await page.evaluate('window.hurt')).toBeUndefined();
    expect(wrong).toEqual([]);
  });

  it('opens a profile and a dump, keeps one, and is told what is no evidence', async () => {
    const { page, wrong } = await visit('#/open');
    await page.getByLabel('File to open').setInputFiles(join(BUNDLE, '005-heap.pb.gz'));
    await page.getByRole('heading', { level: 2, name: '005-heap.pb.gz' }).waitFor();
    await page.getByRole('button', { name: 'Keep it on the server' }).click();
    await page.getByText('Kept', { exact: true }).waitFor();
    const { captures: all } = await api(captures, 'captures?limit=5');
    expect(all.filter((one) => one.reason === 'opened').map((one) => one.name)).toEqual(['005-heap.pb.gz']);

    await page.getByText('Or paste text').click();
    await page.getByRole('textbox').fill(readFileSync(join(BUNDLE, '005-goroutine-debug2.txt'), 'utf8'));
    await page.getByRole('button', { name: 'Analyse the text' }).click();
    await page.locator('table.clusters').waitFor();
    expect(wrong).toEqual([]);

    await page.getByRole('textbox').fill('nothing of ours');
    await page.getByRole('button', { name: 'Analyse the text' }).click();
    await page.getByRole('alert').waitFor();
  });
});

it('asks for the token where there is one, and tells a wrong one', async () => {
  const locked = await seedPage({ token: 'open-sesame-2026', empty: true });
  try {
    const { page } = await visit('#/', {}, locked.url);
    await page.getByRole('textbox', { name: 'Token' }).fill('wrong');
    await page.getByRole('button', { name: 'Open', exact: true }).click();
    await page.getByRole('alert').waitFor();
    await page.getByRole('textbox', { name: 'Token' }).fill('open-sesame-2026');
    await page.getByRole('button', { name: 'Open', exact: true }).click();
    await page.getByText('No service is watched yet.').waitFor();
    await page.reload();
    await page.getByText('No service is watched yet.').waitFor();
  } finally {
    await locked.close();
  }
});
