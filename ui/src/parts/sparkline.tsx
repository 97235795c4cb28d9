/** A series in the height of a line of text. Its numbers are in its label. */
import type { SeriesView } from '../../../src/watch/api/contract.ts';
import { format } from '../format.ts';
import { firstAndLast, sparkPath } from './spark-path.ts';

interface Props {
  readonly of: Pick<SeriesView, 'name' | 'unit' | 'at' | 'value'>;
  readonly width?: number;
  readonly height?: number;
}

export function Sparkline({ of, width = 120, height = 28 }: Props) {
  const { first, last } = firstAndLast(of.value);
  const label =
    last === null ? `${of.name}: no values yet` : `${of.name}: ${format(first, of.unit)} to ${format(last, of.unit)}`;
  const { line, area, end } = sparkPath(of.at, of.value, width, height);
  return (
    <svg class="spark" viewBox={`0 0 ${width} ${height}`} width={width} height={height} role="img" aria-label={label}>
      <path class="spark-area" d={area} />
      <path class="spark-line" d={line} />
      {end !== null && <circle class="spark-end" cx={end.x} cy={end.y} r="2" />}
    </svg>
  );
}
