/** Pools and channels of a heap dump. */
import type { HeapGraphView } from '../../../src/watch/api/contract.ts';
import { formatBytes, formatCount } from '../format.ts';
import { useLimit } from '../parts/limit.tsx';
import { Scroll } from '../parts/scroll.tsx';

export function Pools({ pools }: { readonly pools: HeapGraphView['pools'] }) {
  const { limit, more } = useLimit(pools.length, 'pool');
  return (
    <section aria-labelledby="heap-pools">
      <h2 id="heap-pools">Pools</h2>
      {pools.length === 0 ? (
        <p class="muted">No sync.Pool holds anything.</p>
      ) : (
        <Scroll label="Table of pools">
          <table class="table">
            <thead>
              <tr>
                <th scope="col">Pool</th>
                <th scope="col" class="num">
                  Objects
                </th>
                <th scope="col" class="num">
                  Gone at next GC
                </th>
                <th scope="col" class="num">
                  Holds
                </th>
                <th scope="col" class="num">
                  Largest object
                </th>
              </tr>
            </thead>
            <tbody>
              {pools.slice(0, limit).map((pool, i) => (
                <tr key={`${i}-${pool.name}`}>
                  <th scope="row">{pool.name}</th>
                  <td class="num">{formatCount(pool.objects)}</td>
                  <td class="num">{formatCount(pool.victims)}</td>
                  <td class="num">{formatBytes(pool.bytes)}</td>
                  <td class="num">{formatBytes(pool.largest)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
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
        <Scroll label="Table of channels">
          <table class="table">
            <thead>
              <tr>
                <th scope="col">Channel of</th>
                <th scope="col" class="num">
                  Filled
                </th>
                <th scope="col" class="num">
                  Senders waiting
                </th>
                <th scope="col" class="num">
                  Receivers waiting
                </th>
                <th scope="col" class="num">
                  Size
                </th>
                <th scope="col">Held</th>
              </tr>
            </thead>
            <tbody>
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
            </tbody>
          </table>
        </Scroll>
      )}
      {more}
    </section>
  );
}
