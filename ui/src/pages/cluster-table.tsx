/** Goroutine clusters as a table; a row opens to its stack. */
import { Fragment } from 'preact';
import { useState } from 'preact/hooks';
import type { ClusterView } from '../../../src/watch/api/contract.ts';
import { formatChange, formatCount, formatDuration, formatPlace } from '../format.ts';
import { CodePlace } from '../parts/place.tsx';
import { Sparkline } from '../parts/sparkline.tsx';
import { Empty } from '../parts/states.tsx';
import { Table } from '../parts/table.tsx';
import { filtered, WAIT_BINS, waitWords } from './cluster-filter.ts';

interface Props {
  readonly clusters: readonly ClusterView[];
  readonly filter: string;
  readonly total: number;
}

const COLUMNS = 6;

export function ClusterTable({ clusters, filter, total }: Props) {
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const shown = filtered(clusters, filter);
  const toggle = (key: string) => {
    const next = new Set(open);
    if (!next.delete(key)) next.add(key);
    setOpen(next);
  };
  if (shown.length === 0)
    return (
      <Empty title="No cluster fits the filter.">
        <p class="muted">Every word has to be in a function of the stack, a file, or the state.</p>
      </Empty>
    );
  return (
    <Table
      label="Goroutine clusters"
      class="clusters"
      columns={[['Count', 'num'], 'Over the range', ['Change', 'num'], 'Waits at', 'Waited for', 'Started by']}
    >
      {shown.map((cluster) => {
        const isOpen = open.has(cluster.key);
        return (
          <Fragment key={cluster.key}>
            <tr>
              <td class="num strong">
                {formatCount(cluster.count)}
                <span class="share-bar" aria-hidden="true">
                  <i style={{ width: `${total > 0 ? (cluster.count / total) * 100 : 0}%` }} />
                </span>
              </td>
              <td>{cluster.series !== null && <Sparkline of={cluster.series} width={110} height={26} />}</td>
              <td class={`num ${changeClass(cluster)}`}>
                {cluster.before === null ? '–' : formatChange(cluster.count - cluster.before, 'count')}
              </td>
              <th scope="row">
                <button type="button" class="disclose" aria-expanded={isOpen} onClick={() => toggle(cluster.key)}>
                  <CodePlace of={cluster.where} />
                  <span class="state-words">{cluster.state}</span>
                </button>
              </th>
              <td>
                <Waits of={cluster} />
              </td>
              <td>
                {cluster.creator === null ? <CodePlace of={cluster.entry} /> : <CodePlace of={cluster.creator} />}
              </td>
            </tr>
            {isOpen && (
              <tr class="stack-row">
                <td colSpan={COLUMNS}>
                  <Stack of={cluster} />
                </td>
              </tr>
            )}
          </Fragment>
        );
      })}
    </Table>
  );
}

function changeClass(cluster: ClusterView): string {
  const change = cluster.before === null ? 0 : cluster.count - cluster.before;
  return change > 0 ? 'grew' : change < 0 ? 'shrank' : 'muted';
}

/** Six bars, by how long they wait. */
function Waits({ of }: { readonly of: ClusterView }) {
  if (of.waits === null) return <span class="muted">no dump yet</span>;
  const most = Math.max(1, ...of.waits);
  return (
    <span class="waits">
      <span class="wait-bars" role="img" aria-label={`Waiting: ${waitWords(of.waits)}`} title={waitWords(of.waits)}>
        {of.waits.map((count, i) => (
          <i
            key={WAIT_BINS[i]}
            style={{ height: `${count === 0 ? 2 : 3 + (count / most) * 19}px` }}
            class={count > 0 ? 'some' : undefined}
          />
        ))}
      </span>
      {of.maxWaitMinutes !== null && of.maxWaitMinutes > 0 && (
        <span class="muted num">up to {formatDuration(of.maxWaitMinutes * 60)}</span>
      )}
    </span>
  );
}

function Stack({ of }: { readonly of: ClusterView }) {
  return (
    <div>
      <ol class="stack">
        {of.stack.map((frame, i) => (
          <li key={`${i} ${frame.function}`} class={frame.function === of.where.function ? 'here' : undefined}>
            <code>{frame.function}</code>
            <span class="muted" title={frame.file}>
              {formatPlace(frame)}
            </span>
          </li>
        ))}
      </ol>
      <p class="muted">
        Started with <CodePlace of={of.entry} />
        {of.creator !== null && (
          <>
            {' '}
            by <CodePlace of={of.creator} />
          </>
        )}
      </p>
    </div>
  );
}
