/**
 * How smoothly a flame graph of 100 000 frames moves: `node bench/flame-frames.ts [DEVICE_PIXEL_RATIO]`. The page as it is
 * built, in the system's Chromium, headless and so without a graphics card; times between requestAnimationFrame, and the
 * processor time of the page's thread per frame, which a busy machine does not change.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { build } from 'vite';
import { fillReport } from '../src/watch/report/page.ts';
import { syntheticView } from '../ui/src/flame/synthetic.testing.ts';

const ROOT = join(import.meta.dirname, '..');
const ROWS = 100_000;

/** Moves the graph 200 times and says how long the frames took. */
const MOVE = `async (how) => {
  const canvas = document.querySelector('.flame-box canvas');
  const box = canvas.getBoundingClientRect();
  const wheel = (init) =>
    canvas.dispatchEvent(new WheelEvent('wheel', {
      bubbles: true, cancelable: true, clientX: box.left + box.width * 0.37, clientY: box.top + 100, ...init,
    }));
  const frames = [];
  let last = await new Promise(requestAnimationFrame);
  for (let i = 0; i < 200; i++) {
    if (how === 'zoom') wheel({ ctrlKey: true, deltaY: i % 100 < 50 ? -12 : 12 });
    if (how === 'pan') wheel({ deltaX: Math.sin(i / 10) * 60 });
    if (how === 'scroll') document.querySelector('.flame-scroll').scrollTop = 200 + Math.sin(i / 10) * 200;
    const now = await new Promise(requestAnimationFrame);
    frames.push(now - last);
    last = now;
  }
  frames.sort((a, b) => a - b);
  return [0.5, 0.95, 0.99].map((share) => frames[Math.floor(frames.length * share)]);
}`;

async function main(ratio: number): Promise<void> {
  const work = mkdtempSync(join(tmpdir(), 'hemostat-flame-frames-'));
  const browser = await chromium.launch({
    executablePath: process.env.HEMOSTAT_CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox'],
  });
  try {
    await build({ configFile: join(ROOT, 'ui', 'vite.config.ts'), mode: 'report', build: { outDir: work } });
    const answers = { 'api/flame?head=b&base=a': syntheticView(ROWS) };
    const data = { start: '#/flame?head=b&base=a', says: [], pages: [], range: null, answers, same: {} };
    const file = join(work, 'flame.html');
    writeFileSync(file, fillReport(readFileSync(join(work, 'report.html'), 'utf8'), data));
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, deviceScaleFactor: ratio });
    const begun = performance.now();
    await page.goto(`file://${file}`);
    await page.waitForSelector('.flame-box canvas');
    const shown = performance.now() - begun;
    // The first pictures of a page are also its style and its layout.
    await page.waitForTimeout(1000);
    process.stdout.write(`${ROWS} rows, 1280 px at ratio ${ratio}; shown after ${Math.round(shown)} ms\n`);
    process.stdout.write('ms between frames      p50    p95    p99    CPU\n');
    const session = await page.context().newCDPSession(page);
    await session.send('Performance.enable', { timeDomain: 'threadTicks' });
    const busy = async (): Promise<number> => {
      const { metrics } = await session.send('Performance.getMetrics');
      return (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN) * 1000;
    };
    const move = async (name: string, how: string): Promise<void> => {
      const before = await busy();
      const times = await page.evaluate<number[]>(`(${MOVE})(${JSON.stringify(how)})`);
      const own = (await busy()) - before;
      times.push(own / 200);
      process.stdout.write(`${name.padEnd(18)}${times.map((time) => time.toFixed(1).padStart(7)).join('')}\n`);
    };
    await move('still', '');
    await move('zoom', 'zoom');
    await page.evaluate(`(${MOVE.replace('i < 200', 'i < 20').replace('i % 100 < 50 ? -12 : 12', '-12')})('zoom')`);
    await move('pan, zoomed in', 'pan');
    await move('scroll', 'scroll');
  } finally {
    await browser.close();
    rmSync(work, { recursive: true, force: true });
  }
}

await main(Number(process.argv[2] ?? 1));
