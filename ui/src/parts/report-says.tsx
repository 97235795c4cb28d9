/** What a report says in one sentence, and what it could not claim. */
import { useServices } from '../context.ts';

export function ReportSays() {
  const { data } = useServices();
  const [verdict, ...notes] = data.says;
  if (verdict === undefined) return null;
  return (
    <div class="report-says">
      <p class="report-verdict">{verdict}</p>
      {notes.length > 0 && (
        <ul class="muted">
          {notes.map((note) => (
            <li key={note}>{note}</li>
          ))}
        </ul>
      )}
    </div>
  );
}
