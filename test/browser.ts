/** The system's Chromium for tests and screenshots of the page, with everything that goes wrong in a page collected. */
import { existsSync } from 'node:fs';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Throws where there is none: `make setup-test` installs it. */
export async function launchBrowser(): Promise<Browser> {
  const executablePath = process.env.HEMOSTAT_CHROMIUM ?? PLACES.find((path) => existsSync(path));
  if (executablePath === undefined)
    throw new Error(`no Chromium at ${PLACES.join(', ')}: run \`make setup-test\`, or set HEMOSTAT_CHROMIUM`);
  // Without the sandbox: tests run as root in containers, and look at nothing but this machine.
  return await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
}

export interface WatchedPage {
  readonly page: Page;
  /** Console errors and warnings, exceptions, requests that failed or went elsewhere. */
  readonly wrong: string[];
  close(): Promise<void>;
}

/** A page in a context of its own. Requests to anywhere but `origin` are stopped and counted as wrong. */
export async function openPage(
  browser: Browser,
  origin: string,
  options: BrowserContextOptions = {},
): Promise<WatchedPage> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  // Playwright's half a minute is not enough for a page on a machine that does much else.
  context.setDefaultTimeout(120_000);
  const page = await context.newPage();
  const wrong: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) wrong.push(`${message.type()}: ${message.text()}`);
  });
  page.on('pageerror', (error) => wrong.push(`exception: ${error.message}`));
  await context.route('**/*', async (route) => {
    const url = route.request().url();
    if (url.startsWith(origin) || url.startsWith('data:')) return await route.continue();
    wrong.push(`request to ${url}`);
    await route.abort();
  });
  return { page, wrong, close: () => context.close() };
}
