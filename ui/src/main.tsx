/** Starts the page: with the answers that it carries, or with the server that it came from. */
import { render } from 'preact';
import 'uplot/dist/uPlot.min.css';
import './styles/tokens.css';
import './styles/base.css';
import './styles/shell.css';
import './styles/parts.css';
import './styles/pages.css';
import './styles/respond.css';
import { App } from './app.tsx';
import { type DataSource, type Embedded, embeddedSource, httpSource } from './data.ts';

/** `<script type="application/json" id="hemostat-report">` with {start, answers}: only reports have it. */
function source(): DataSource {
  const text = document.getElementById('hemostat-report')?.textContent;
  if (!text) return httpSource(new URL('.', document.baseURI).href);
  const embedded: Embedded = JSON.parse(text);
  return embeddedSource(embedded);
}

const root = document.getElementById('app');
if (root !== null) render(<App data={source()} />, root);
