/** Code that is odd or large must neither stop the engine nor make it slow. */
import { expect, it } from 'vitest';
import { reviewFixture } from '../../testing/review.ts';

const RULES = [
  'chan-send-abandoned',
  'chan-first-wins',
  'chan-range-unclosed',
  'chan-select-no-exit',
  'goroutine-no-exit',
];

async function notesOf(source: string): Promise<string[]> {
  const { notes } = await reviewFixture({ 'odd/odd.go': source }, RULES);
  return notes;
}

it.each([
  [
    'literals in literals',
    `package odd\n\nfunc f() {\n\tch := make(chan int)\n${'\tgo func() {\n'.repeat(1500)}\tch <- 1\n${'\t}()\n'.repeat(1500)}}\n`,
  ],
  [
    'closures of closures',
    `package odd\n\nfunc f() {\n\tch := make(chan int)\n\tf0 := func() { ch <- 1 }\n${Array.from({ length: 3000 }, (_, i) => `\tf${i + 1} := func() { f${i}() }\n`).join('')}\tgo f3000()\n}\n`,
  ],
  [
    'a long condition',
    `package odd\n\nfunc f(n int) {\n\tch := make(chan int)\n\tgo func() { ch <- 1 }()\n\tif ${'n + '.repeat(20_000)}n > 3 {\n\t\treturn\n\t}\n\t<-ch\n}\n`,
  ],
  [
    'many branches',
    `package odd\n\nfunc f(g func() bool) {\n\tch := make(chan int)\n${'\tif g() {\n\t\tgo func() { ch <- 1 }()\n\t}\n'.repeat(400)}\t<-ch\n}\n`,
  ],
  [
    'calls in a circle',
    'package odd\n\nfunc f(ch chan int) { g(ch) }\nfunc g(ch chan int) { go f(ch) }\nfunc h() {\n\tch := make(chan int)\n\tf(ch)\n\t<-ch\n}\n',
  ],
  [
    'half a select',
    'package odd\n\nfunc f() {\n\tch := make(chan int)\n\tselect {\n\tcase ch <-\n\tcase <-:\n\tcase x, y := <-ch\n',
  ],
])('gets through %s', async (_name, source) => {
  expect(await notesOf(source)).toEqual([]);
});
