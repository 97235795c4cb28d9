import { expect, it } from 'vitest';
import { reviewFixture } from '../../testing/review.ts';

const around = (made: string, grow: string): string => `package p

import (
	"bytes"
	"sync"
)

var _ bytes.Buffer

var pool = sync.Pool{New: func() any { return ${made} }}

func use(line []byte, write func([]byte)) {
	${grow}
}
`;

it.each([
  [
    'new(bytes.Buffer)',
    'b := pool.Get().(*bytes.Buffer)\n\tb.Reset()\n\tb.Write(line)\n\twrite(b.Bytes())\n\tpool.Put(b)',
    'the bytes.Buffer',
    'b.Cap()',
  ],
  [
    'new([]byte)',
    'b := pool.Get().(*[]byte)\n\t*b = append((*b)[:0], line...)\n\twrite(*b)\n\tpool.Put(b)',
    'the []byte',
    'cap(*b)',
  ],
  [
    '[]byte(nil)',
    'b := pool.Get().([]byte)[:0]\n\tb = append(b, line...)\n\twrite(b)\n\tpool.Put(b)',
    'the []byte',
    'cap(b)',
  ],
])('names what is pooled and how its size is asked for: %s', async (made, grow, what, size) => {
  const { reports } = await reviewFixture({ 'p/p.go': around(made, grow) }, ['pool-put-unbounded']);
  expect(reports.map(({ message }) => message.split(' goes back')[0])).toEqual([what]);
  expect(reports[0]?.advice).toContain(`if ${size} <= 64<<10 {`);
});
