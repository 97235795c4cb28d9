/** Light and dark: what the system says, until a person says otherwise. */

export type Theme = 'light' | 'dark';
export type ThemeChoice = Theme | 'system';

const KEY = 'hemostat-theme';

export function storedChoice(): ThemeChoice {
  const stored = safely(() => localStorage.getItem(KEY));
  return stored === 'light' || stored === 'dark' ? stored : 'system';
}

export function storeChoice(choice: ThemeChoice): void {
  safely(() => (choice === 'system' ? localStorage.removeItem(KEY) : localStorage.setItem(KEY, choice)));
}

export function systemTheme(): MediaQueryList {
  return matchMedia('(prefers-color-scheme: dark)');
}

/** A report opened from a file may have no storage. */
function safely<T>(use: () => T): T | null {
  try {
    return use();
  } catch {
    return null;
  }
}

/** A custom property of the theme in force, for canvases. */
export function token(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}
