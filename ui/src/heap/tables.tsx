/** Pools and channels of a heap dump. */
import type { HeapGraphView } from '../../../src/watch/api/contract.ts';
import { formatBytes, formatCount } from '../format.ts';
import { useLimit } from '../parts/limit.tsx';
import { Table } from '../parts/table.tsx';

export function Pools({ pools }: { readonly pools: HeapGraphView['pools'] }) {
  const { limit, more } = useLimit(pools.length, 'pool');
  return (
    <section aria-labelledby="heap-pools">
      <h2 id="heap-pools">Pools</h2>
      {pools.length === 0 ? (
        <p class="muted">No sync.Pool holds anything.</p>
      ) : (
        <Table
          label="Table of pools"
          class=""
          columns={[
            'Pool',
            ['Objects', 'num'],
            ['Gone at next GC', 'num'],
            ['Holds', 'num'],
            ['Largest object', 'num'],
          ]}
        >
          {pools.slice(0, limit).map((pool, i) => (
            <tr key={`${i}-${pool.name}`}>
              <th scope="row">{pool.name}</th>
              <td class="num">{formatCount(pool.objects)}</td>
              <td class="num">{formatCount(pool.victims)}</td>
              <td class="num">{formatBytes(pool.bytes)}</td>
              <td class="num">{formatBytes(pool.largest)}</td>
            </tr>
          ))}
        </Table>
      )}
      {more}
    </section>
  );
}

const HELD: Readonly<Record<string, string>> = {
  live: 'live',
  leaked: 'only by goroutines that can never run again',
  garbage: 'by nothing: garbage',
};

export function Channels({ channels }: { readonly channels: HeapGraphView['channels'] }) {
  const { limit, more } = useLimit(channels.length, 'channel');
  return (
    <section aria-labelledby="heap-channels">
      <h2 id="heap-channels">Channels</h2>
      {channels.length === 0 ? (
        <p class="muted">No channel has a buffer, and nobody waits on one.</p>
      ) : (
        <Table
          label="Table of channels"
          class=""
          columns={[
            'Channel of',
            ['Filled', 'num'],
            ['Senders waiting', 'num'],
            ['Receivers waiting', 'num'],
            ['Size', 'num'],
            'Held',
          ]}
        >
          {channels.slice(0, limit).map((channel, i) => (
            <tr key={String(i)}>
              <th scope="row">
                <code>{channel.element === '' ? 'unknown type' : channel.element}</code>
                {channel.closed && <span class="muted"> closed</span>}
              </th>
              <td class="num">
                {channel.capacity === 0
                  ? 'no buffer'
                  : `${formatCount(channel.length)} of ${formatCount(channel.capacity)}`}
              </td>
              <td class="num">{formatCount(channel.senders)}</td>
              <td class="num">{formatCount(channel.receivers)}</td>
              <td class="num">{formatBytes(channel.bytes)}</td>
              <td>{HELD[channel.holder] ?? channel.holder}</td>
            </tr>
          ))}
        </Table>
      )}
      {more}
    </section>
  );
}
