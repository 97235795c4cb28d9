/** A table in a box that scrolls sideways when it must. */
import type { ComponentChildren } from 'preact';
import { Scroll } from './scroll.tsx';

/** What stands above a column; with a class where it has one: `num` for numbers. */
export type Column = string | readonly [head: string, name: string];

interface Props {
  readonly label: string;
  /** Beside `table`. */
  readonly class?: string;
  readonly columns: readonly Column[];
  /** Rows of the body. */
  readonly children: ComponentChildren;
}

export function Table({ label, class: name = 'dense', columns, children }: Props) {
  return (
    <Scroll label={label}>
      <table class={`table ${name}`}>
        <thead>
          <tr>
            {columns.map((column) => {
              const [head, kind] = typeof column === 'string' ? [column, undefined] : column;
              return (
                <th key={head} scope="col" class={kind}>
                  {head}
                </th>
              );
            })}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </Scroll>
  );
}
