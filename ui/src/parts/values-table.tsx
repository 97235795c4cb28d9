/** The numbers of a plot as a table: for those who cannot see it, and for those who want to copy them. */
import { format, formatFull } from '../format.ts';
import { thinned } from './plot-math.ts';
import { Scroll } from './scroll.tsx';

interface Props {
  readonly title: string;
  readonly unit: string;
  readonly at: readonly number[];
  readonly series: readonly { readonly name: string; readonly value: readonly (number | null)[] }[];
}

const ROWS = 60;

export function ValuesTable({ title, unit, at, series }: Props) {
  const rows = thinned(at.length, ROWS);
  return (
    <Scroll class="values-box" label={`Values of ${title}`}>
      <table class="table dense">
        <caption>
          {rows.length < at.length ? `${rows.length} of ${at.length} points, evenly` : `${at.length} points`}
        </caption>
        <thead>
          <tr>
            <th scope="col">Time</th>
            {series.map((one) => (
              <th key={one.name} scope="col" class="num">
                {one.name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((i) => (
            <tr key={i}>
              <th scope="row">{formatFull(at[i] ?? 0)}</th>
              {series.map((one) => (
                <td key={one.name} class="num">
                  {format(one.value[i] ?? null, unit)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}
