/** Syscalls by rate with what is normal, worst first; one of them is drawn above. */
import { useState } from 'preact/hooks';
import type { SyscallsView } from '../../../src/watch/api/contract.ts';
import { formatCount } from '../format.ts';
import { useLimit } from '../parts/limit.tsx';
import { Sparkline } from '../parts/sparkline.tsx';
import { Empty } from '../parts/states.tsx';
import { Table } from '../parts/table.tsx';

type Row = SyscallsView['syscalls'][number];

interface Props {
  readonly syscalls: readonly Row[];
  readonly chosen: string | null;
  readonly onChoose: (name: string) => void;
}

/** Always a word beside the colour. */
const WORDS: Readonly<Record<Row['state'], string>> = {
  'never-seen': 'never seen before',
  anomalous: 'beyond the limit',
  above: 'above normal',
  normal: 'normal',
  unknown: 'no band',
};

/** What is normal is folded from so many rows on: a Go service calls some 60, and two of them matter at a time. */
const FOLDED = 15;

/** Never folded. */
const TOLD: ReadonlySet<Row['state']> = new Set(['never-seen', 'anomalous', 'above']);

export function SyscallTable({ syscalls, chosen, onChoose }: Props) {
  const [filter, setFilter] = useState('');
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  const fitting = syscalls.filter(({ name, state, process }) => {
    const text = `${name} ${WORDS[state]} ${process === null ? '' : processWords(process)}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
  // What is told stands first: none of it is folded away.
  const told = fitting.findLastIndex(({ name, state }) => name === chosen || TOLD.has(state)) + 1;
  const { limit, more } = useLimit(fitting.length, 'syscall', Math.max(FOLDED, told));
  return (
    <div class="page">
      {syscalls.length > FOLDED && (
        <label class="inline-field grow">
          <span>Filter</span>
          <input
            type="search"
            placeholder="Syscall, state or process"
            value={filter}
            onInput={(event) => setFilter(event.currentTarget.value)}
          />
        </label>
      )}
      {fitting.length === 0 ? (
        <Empty title="No syscall fits the filter.">
          <p class="muted">Every word has to be in its name, its state, or the process that calls it most.</p>
        </Empty>
      ) : (
        <Rows syscalls={fitting.slice(0, limit)} chosen={chosen} onChoose={onChoose} />
      )}
      {more !== null && <p>{more}</p>}
    </div>
  );
}

function Rows({ syscalls, chosen, onChoose }: Props) {
  return (
    <Table
      label="Calls per minute by syscall"
      class="syscalls"
      columns={[
        'Syscall',
        'State',
        ['Now', 'num'],
        ['Normal', 'num'],
        ['Limit', 'num'],
        ['Beyond', 'num'],
        'Over the range',
        'Most by',
      ]}
    >
      {syscalls.map((row) => (
        <tr key={row.name} class={row.name === chosen ? 'chosen' : undefined}>
          <th scope="row">
            <button
              type="button"
              class="choose"
              aria-pressed={row.name === chosen}
              title="Draw it above"
              onClick={() => onChoose(row.name)}
            >
              <code>{row.name}</code>
            </button>
          </th>
          <td class={`syscall-state ${row.state}`}>{WORDS[row.state]}</td>
          <td class="num strong">{rate(row.rate)}</td>
          <td class="num">{row.normal === null ? '–' : row.normal.map((one) => formatCount(one)).join(' – ')}</td>
          <td class="num">{rate(row.anomalous)}</td>
          <td class="num">{row.anomalies.length === 0 ? '–' : formatCount(row.anomalies.length)}</td>
          <td>
            <Sparkline of={row.spark} width={110} height={26} />
          </td>
          <td>{row.process === null ? '–' : processWords(row.process)}</td>
        </tr>
      ))}
    </Table>
  );
}

function rate(value: number | null): string {
  return value === null ? '–' : formatCount(value);
}

/** `uploads (pid 4242)`; of what came and went within a window there is no number. */
export function processWords({ pid, comm, executable }: NonNullable<Row['process']>): string {
  const name = executable || comm || 'unknown';
  return pid > 0 ? `${name} (pid ${pid})` : `${name} (short-lived)`;
}
