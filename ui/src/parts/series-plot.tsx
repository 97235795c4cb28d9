/** A plot of one series of the API, drawn through the moments at which only something else was measured. */
import { useMemo } from 'preact/hooks';
import type { SeriesView } from '../../../src/watch/api/contract.ts';
import { Plot, type PlotProps } from './plot.tsx';
import { measured } from './plot-math.ts';

type Rest = Omit<PlotProps, 'at' | 'series' | 'unit' | 'stacked'>;

export function SeriesPlot({ of, ...rest }: Rest & { readonly of: SeriesView }) {
  const { at, value } = useMemo(() => measured(of.at, of.value), [of]);
  const series = useMemo(() => [{ name: rest.title, value, color: 'plot-1' }], [rest.title, value]);
  return <Plot unit={of.unit} at={at} series={series} {...rest} />;
}
