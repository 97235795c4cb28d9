/** The same numbers as a table: for screen readers, for narrow screens, and for whoever wants to sort. */
import { useMemo, useState } from 'preact/hooks';
import { shortFunction } from '../../../src/diagnose/packages.ts';
import { format, formatChange } from '../format.ts';
import { Scroll } from '../parts/scroll.tsx';
import { isNoise } from './colours.ts';
import { sortTop, type TopOrder, topRows } from './top.ts';
import type { Tree } from './tree.ts';
import { percent, ratio, unitOf } from './words.ts';

const FIRST = 20;
const MOST = 500;

interface Props {
  readonly tree: Tree;
  /** Searches for the function. */
  readonly onPick: (name: string) => void;
}

export function TopTable({ tree, onPick }: Props) {
  const { view } = tree;
  const compared = view.base !== null;
  const unit = unitOf(view.unit);
  const rows = useMemo(() => topRows(tree), [tree]);
  const [order, setOrder] = useState<TopOrder>(compared ? 'change' : 'flat');
  const [limit, setLimit] = useState(FIRST);
  const sorted = useMemo(() => sortTop(rows, order), [rows, order]);
  const head = (by: TopOrder, text: string, number = true) => (
    <th scope="col" class={number ? 'num' : undefined} aria-sort={order === by ? sortOf(by) : 'none'}>
      <button type="button" class="flame-sort" onClick={() => setOrder(by)}>
        {text}
        <span aria-hidden="true">{order === by ? (by === 'name' ? ' ▲' : ' ▼') : ''}</span>
      </button>
    </th>
  );
  if (rows.length === 0) return null;
  return (
    <Scroll label="Table of functions" class="table-box flame-table">
      <table class="table">
        <caption class="sr-only">
          Functions by {view.sampleType}
          {compared ? ', before and after' : ''}. Flat is the function's own; cum includes what it called.
        </caption>
        <thead>
          <tr>
            {head('name', 'Function', false)}
            {head('flat', 'Flat')}
            {head('cum', compared ? 'Cum, after' : 'Cum')}
            {compared ? (
              head('before', 'Cum, before')
            ) : (
              <th scope="col" class="num">
                Of all
              </th>
            )}
            {compared && head('change', 'Change')}
          </tr>
        </thead>
        <tbody>
          {sorted.slice(0, limit).map((row) => {
            const change = row.headCum - row.baseCum;
            const noise = compared && change !== 0 && isNoise(change, row.noise);
            return (
              <tr key={row.name}>
                <th scope="row">
                  <button type="button" class="flame-pick" title={row.name} onClick={() => onPick(row.name)}>
                    {shortFunction(row.name)}
                  </button>
                  {row.inlined && <span class="muted"> (inlined)</span>}
                </th>
                <td class="num" data-label="Flat">
                  {format(row.headFlat, unit)}
                </td>
                <td class="num" data-label={compared ? 'Cum, after' : 'Cum'}>
                  {format(row.headCum, unit)}
                </td>
                {compared ? (
                  <>
                    <td class="num" data-label="Cum, before">
                      {format(row.baseCum, unit)}
                    </td>
                    <td
                      data-label="Change"
                      class={`num ${noise || change === 0 ? 'muted' : change > 0 ? 'flame-grew' : 'flame-shrank'}`}
                    >
                      {formatChange(change, unit)}
                      {noise ? ' (noise)' : ''}
                    </td>
                  </>
                ) : (
                  <td class="num" data-label="Of all">
                    {percent(ratio(row.headCum, view.head_cum[0]))}
                  </td>
                )}
              </tr>
            );
          })}
        </tbody>
      </table>
      {sorted.length > limit && limit < MOST && (
        <button type="button" class="button quiet" onClick={() => setLimit(Math.min(MOST, sorted.length))}>
          Show {Math.min(MOST, sorted.length) - limit} more
        </button>
      )}
    </Scroll>
  );
}

function sortOf(by: TopOrder): 'ascending' | 'descending' {
  return by === 'name' ? 'ascending' : 'descending';
}
