/** Profiles that are read and are not what was written: whoever asked is told, and so is everybody who looks at the page. */
import { StoreError } from './history/error.ts';
import type { HistoryStore } from './history/store.ts';

/** The same store; `tell` gets the sentence of each profile that turns out to be damaged or missing. */
export function withDamageTold(store: HistoryStore, tell: (says: string) => void): HistoryStore {
  const getBlob: HistoryStore['getBlob'] = async (hash) => {
    try {
      return await store.getBlob(hash);
    } catch (error) {
      if (error instanceof StoreError && (error.reason === 'damaged' || error.reason === 'missing'))
        tell(error.message);
      throw error;
    }
  };
  return new Proxy(store, {
    get: (target, key) => {
      if (key === 'getBlob') return getBlob;
      const value: unknown = Reflect.get(target, key);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
