/** A place in the code: the function, and its file and line. The whole path is in the title. */
import { formatPlace, shortFunction } from '../format.ts';

interface Where {
  readonly function: string;
  readonly file: string;
  readonly line: number;
}

export function CodePlace({ of }: { readonly of: Where }) {
  const place = formatPlace(of);
  if (of.function === '' && place === '') return <span class="muted">unknown place</span>;
  return (
    <span class="place" title={`${of.function} (${of.file}:${of.line})`}>
      <code>{shortFunction(of.function)}</code>
      {place !== '' && <span class="muted">{place}</span>}
    </span>
  );
}
