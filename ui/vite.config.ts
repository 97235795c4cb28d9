/**
 * Builds the page: `vite build --config ui/vite.config.ts` makes ui/dist/index.html with hashed assets, which the server
 * sends; with `--mode report` it makes ui/dist/report.html, one file with its script and style inside, which
 * `diagnose --html` fills with answers.
 */
import { defineConfig, type Plugin } from 'vite';

/** Puts the one script and the one style sheet of the build into the HTML. */
function inlined(): Plugin {
  return {
    name: 'hemostat-inline',
    enforce: 'post',
    generateBundle(_options, bundle) {
      const page = Object.values(bundle).find((file) => file.fileName.endsWith('.html'));
      if (page?.type !== 'asset') this.error('the report has no HTML page');
      let html = String(page.source);
      for (const file of Object.values(bundle)) {
        if (file === page) continue;
        const name = file.fileName.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
        if (file.type === 'chunk') {
          // `</script` inside a string would end the element; in a string or regular expression `<\/script` is the same.
          const code = file.code.replaceAll('</script', '<\\/script');
          const tag = new RegExp(`\\s*<script type="module"[^>]*src="[^"]*${name}"[^>]*></script>`);
          if (!tag.test(html))
            this.error(`the page does not ask for ${file.fileName}: it would be left out of the report`);
          html = html.replace(tag, '');
          html = html.replace('</body>', () => `<script type="module">${code}</script>\n  </body>`);
        } else if (file.fileName.endsWith('.css')) {
          const tag = new RegExp(`<link rel="stylesheet"[^>]*href="[^"]*${name}"[^>]*>`);
          if (!tag.test(html))
            this.error(`the page does not ask for ${file.fileName}: it would be left out of the report`);
          html = html.replace(tag, () => `<style>${String(file.source)}</style>`);
        } else {
          this.error(`${file.fileName} cannot be put into the report: only scripts and styles can`);
        }
        delete bundle[file.fileName];
      }
      page.source = html;
      page.fileName = 'report.html';
    },
  };
}

export default defineConfig(({ mode }) => ({
  root: import.meta.dirname,
  base: './',
  logLevel: 'warn',
  plugins: mode === 'report' ? [inlined()] : [],
  build: {
    target: 'es2022',
    outDir: 'dist',
    emptyOutDir: mode !== 'report',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    ...(mode === 'report' ? { rolldownOptions: { output: { codeSplitting: false } } } : {}),
  },
}));
