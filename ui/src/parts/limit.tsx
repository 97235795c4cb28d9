/** A long table begins short: how many rows are shown, and the button for the others. */
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { plural } from '../format.ts';

/** `more` is null where all rows are shown. */
export function useLimit(
  rows: number,
  noun: string,
  first = 20,
): { readonly limit: number; readonly more: ComponentChildren } {
  const [all, setAll] = useState(false);
  if (all || rows <= first) return { limit: rows, more: null };
  const more = (
    <button type="button" class="button more" onClick={() => setAll(true)}>
      Show all {plural(rows, noun)}
    </button>
  );
  return { limit: first, more };
}
