/** How much something changed, as a bar to the left (less) or to the right (more) of the middle. */
import { formatChange } from '../format.ts';

interface Props {
  readonly change: number | null;
  readonly unit: string;
  /** The largest change of the table, for the scale. */
  readonly most: number;
  /** Within what sampling gives by itself. */
  readonly noise?: boolean;
}

export function ChangeBar({ change, unit, most, noise = false }: Props) {
  const share = change === null || most <= 0 ? 0 : Math.min(1, Math.abs(change) / most) * 50;
  const way = noise ? 'noise' : (change ?? 0) > 0 ? 'grew' : 'shrank';
  return (
    <span class={`change ${way}`}>
      <span class="change-bar" aria-hidden="true">
        <i style={{ left: `${(change ?? 0) > 0 ? 50 : 50 - share}%`, width: `${share}%` }} />
      </span>
      <span class="num">
        {formatChange(change, unit)}
        {noise && change !== 0 && <span class="sr-only"> (within sampling noise)</span>}
      </span>
    </span>
  );
}
