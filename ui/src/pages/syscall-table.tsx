/** Syscalls by rate with what is normal; one of them is drawn above. */
import type { SyscallsView } from '../../../src/watch/api/contract.ts';
import { formatCount } from '../format.ts';
import { Sparkline } from '../parts/sparkline.tsx';
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

export function SyscallTable({ syscalls, chosen, onChoose }: Props) {
  return (
    <Table
      label="Calls per minute by syscall"
      class="syscalls"
      columns={[
        'Syscall',
        ['Now', 'num'],
        ['Normal', 'num'],
        ['Limit', 'num'],
        'State',
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
          <td class="num strong">{rate(row.rate)}</td>
          <td class="num">{row.normal === null ? '–' : row.normal.map((one) => formatCount(one)).join(' – ')}</td>
          <td class="num">{rate(row.anomalous)}</td>
          <td class={`syscall-state ${row.state}`}>{WORDS[row.state]}</td>
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
