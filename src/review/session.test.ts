import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { makeModule, type TestModule } from '../testing/review-module.ts';
import type { Session } from './result.ts';
import { createSession } from './session.ts';

const LEAK = `package cart

import "context"

func Work(ctx context.Context, quick bool) error {
	ctx, cancel := context.WithCancel(ctx)
	if quick {
		return nil
	}
	defer cancel()
	<-ctx.Done()
	return ctx.Err()
}
`;
const MENDED = LEAK.replace('\tdefer cancel()\n', '').replace('\tif quick', '\tdefer cancel()\n\tif quick');

let module: TestModule;
let session: Session;
beforeEach(() => {
  module = makeModule({
    'cart/cart.go': LEAK,
    'cart/shape.go': 'package cart\n\nimport "example.com/shop/quit"\n\ntype Shape struct{ quit.Base }\n',
    'quit/quit.go': 'package quit\n\nimport "os"\n\ntype Base struct{}\n\nfunc Die() { os.Exit(1) }\n',
  });
  vi.stubEnv('HEMOSTAT_CACHE', module.cache);
  session = createSession({ cwd: module.dir });
});
afterEach(async () => {
  await session.close();
  vi.unstubAllEnvs();
  module.remove();
});

const rulesOf = async (path: string, text: string | null): Promise<string[]> =>
  (await session.reviewFile(module.path(path), text)).reports.map((report) => `${report.line} ${report.rule}`);

it('reviews what is saved, then what is being typed, then what is saved again', async () => {
  expect(await rulesOf('cart/cart.go', null)).toEqual(['6 context-cancel-lost']);
  expect(await rulesOf('cart/cart.go', MENDED)).toEqual([]);
  expect(await rulesOf('cart/cart.go', `// more\n${LEAK}`)).toEqual(['7 context-cancel-lost']);
  expect(await rulesOf('cart/cart.go', null)).toEqual(['6 context-cancel-lost']);
});

it('gives what concerns the file, with the unsaved text of others in mind', async () => {
  expect(await rulesOf('cart/shape.go', null)).toEqual([]);
  await session.reviewFile(module.path('cart/shape.go'), 'package cart\n\nfunc broken( {\n');
  const { problems } = await session.reviewFile(module.path('cart/cart.go'), LEAK);
  expect(problems).toEqual([]);
  session.forget(module.path('cart/shape.go'));
  expect((await session.reviewFile(module.path('cart/shape.go'), null)).problems).toEqual([]);
});

it('knows what functions of other packages do', async () => {
  const text = LEAK.replace('import "context"', 'import (\n\t"context"\n\n\t"example.com/shop/quit"\n)').replace(
    '\t\treturn nil\n',
    '\t\tquit.Die()\n',
  );
  expect(await rulesOf('cart/cart.go', text)).toEqual([]);
  expect(await rulesOf('cart/cart.go', text.replace('quit.Die()', 'return nil'))).toEqual(['10 context-cancel-lost']);
});

it('sees what changed elsewhere once it is told', async () => {
  const text = LEAK.replace('import "context"', 'import (\n\t"context"\n\n\t"example.com/shop/quit"\n)').replace(
    '\t\treturn nil\n',
    '\t\tquit.Die()\n\t\treturn nil\n',
  );
  expect(await rulesOf('cart/cart.go', text)).toEqual([]);
  module.write({ 'quit/quit.go': 'package quit\n\ntype Base struct{}\n\nfunc Die() {}\n' });
  session.forget(module.path('quit/quit.go'));
  expect(await rulesOf('cart/cart.go', text)).toEqual(['10 context-cancel-lost']);
});

it('forgets types that were edited away', async () => {
  const text = (field: string): string => `package cart

import "context"

type worker struct{ ${field} }

func run(ctx context.Context) {
	w := worker{}
	_, w.cancel = context.WithCancel(ctx)
	w.stop()
}

func (w worker) stop() {}
`;
  expect(await rulesOf('cart/shape.go', text('cancel func()'))).toEqual(
    await rulesOf('cart/shape.go', text('cancel context.CancelFunc')),
  );
});

it('reviews a file that is not saved yet, and says so of one that belongs nowhere', async () => {
  expect(await rulesOf('cart/new.go', LEAK.replace('Work', 'More'))).toEqual(['6 context-cancel-lost']);
  const { notes } = await session.reviewFile(module.path('cart/other.go'), 'package elsewhere\n');
  expect(notes).toEqual([expect.stringMatching(/no package that is built here/)]);
  await expect(session.reviewFile(module.path('missing/x.go'), 'package x\n')).rejects.toThrow(/missing/);
  // The session lives on.
  expect(await rulesOf('cart/cart.go', null)).toEqual(['6 context-cancel-lost']);
});
