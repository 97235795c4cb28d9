/** Who sits in front of this browser: asked once, and written beside what they do. */
const KEY = 'hemostat-by';

export function storedName(): string {
  return localStorage.getItem(KEY) ?? '';
}

export function storeName(name: string): void {
  localStorage.setItem(KEY, name);
}
