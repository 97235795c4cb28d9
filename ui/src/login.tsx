/** Asks for the server's token. What stays in the browser is a cookie that scripts cannot read, not the token. */
import { useState } from 'preact/hooks';
import type { DataSource } from './data.ts';

export function Login({ data, onDone }: { readonly data: DataSource; readonly onDone: () => void }) {
  const [token, setToken] = useState('');
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const submit = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    setProblem(null);
    try {
      await data.actions?.login(token.trim());
      return onDone();
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    }
    setBusy(false);
  };
  return (
    <section class="login panel" aria-labelledby="login-title">
      <h1 id="login-title">This server asks for its token</h1>
      <p class="muted">
        It is in the file that <code>token_file</code> in the configuration, or <code>--token-file</code>, names. This
        browser stays logged in for 30 days.
      </p>
      <form onSubmit={submit}>
        <label class="field">
          <span>Token</span>
          <input
            type="password"
            autocomplete="current-password"
            required
            value={token}
            onInput={(event) => setToken(event.currentTarget.value)}
            aria-describedby={problem === null ? undefined : 'login-problem'}
          />
        </label>
        {problem !== null && (
          <p id="login-problem" class="form-problem" role="alert">
            {problem}
          </p>
        )}
        <button type="submit" class="button primary" disabled={busy}>
          {busy ? 'Asking…' : 'Open'}
        </button>
      </form>
    </section>
  );
}
