import { expect, it } from 'vitest';
import { reviewFixture } from '../testing/review.ts';

/** The rule that asks most: a file is left open on each way that returns, and on none that does not. */
async function openAt(statement: string, more = '', imports = ''): Promise<boolean> {
  const source = `package shop

import (
	"errors"
	"os"
${imports}
)

func read(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	if name == "" {
		${statement}
	}
	return errors.Join(f.Close())
}
${more}
`;
  const { reports, problems } = await reviewFixture({ 'shop/shop.go': source }, ['rows-not-closed']);
  expect(problems).toEqual([]);
  return reports.length > 0;
}

it.each([
  ['return nil', '', ''],
  ['println(name); return nil', '', ''],
  ['maybe(name); return nil', 'func maybe(s string) { if s == "" { panic(s) } }', ''],
  ['recovers(); return nil', 'func recovers() { defer func() { recover() }(); panic("x") }', ''],
  ['FatalIf(false); return nil', 'func FatalIf(b bool) { if b { os.Exit(1) } }', ''],
])('goes on after %s', async (statement, more, imports) => {
  expect(await openAt(statement, more, imports)).toBe(true);
});

it.each([
  ['panic(name)', '', ''],
  ['os.Exit(1); return nil', '', ''],
  ['log.Fatalf("no %s", name); return nil', '', '\t"log"'],
  ['log.Default().Panicln(name); return nil', '', '\t"log"'],
  ['runtime.Goexit(); return nil', '', '\t"runtime"'],
  ['select {}', '', ''],
  ['usage(); return nil', 'func usage() { println("usage"); os.Exit(2) }', ''],
  ['outer(); return nil', 'func outer() { inner() }\nfunc inner() { for { } }', ''],
  ['x{}.stop(); return nil', 'type x struct{}\nfunc (x) stop() { panic(errors.New("stop")) }', ''],
  ['both(name); return nil', 'func both(s string) { if s == "" { panic(s) }; os.Exit(1) }', ''],
])('does not go on after %s', async (statement, more, imports) => {
  expect(await openAt(statement, more, imports)).toBe(false);
});

it('knows functions of other packages of the module by their facts', async () => {
  const { reports } = await reviewFixture(
    {
      'shop/fail/fail.go':
        'package fail\n\nimport "os"\n\nfunc Die(s string) {\n\tprintln(s)\n\tos.Exit(1)\n}\n\nfunc DieLater(s string) {\n\tprintln(s)\n}\n',
      'shop/shop.go': `package shop

import (
	"os"

	"fixture/shop/fail"
)

func read(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	if name == "" {
		fail.Die("no name")
		return nil
	}
	if name == "-" {
		fail.DieLater("no name")
		return nil
	}
	return f.Close()
}
`,
    },
    ['rows-not-closed'],
  );
  expect(reports.map((report) => report.message)).toEqual([expect.stringContaining('returns on line 20')]);
});
