import { escape } from './layout.ts';

/** `response_mode=form_post`: the answer as a form that sends itself; without script a button does. */
export function formPostPage(action: string, fields: Readonly<Record<string, string>>): string {
  const inputs = Object.entries(fields).map(
    ([name, value]) => `<input type="hidden" name="${escape(name)}" value="${escape(value)}">`,
  );
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Working...</title></head><body>
<form method="post" name="hiddenform" action="${escape(action)}">${inputs.join('')}
<noscript><p>Script is disabled. Click Submit to continue.</p><button type="submit">Submit</button></noscript></form>
<script>document.forms[0].submit();</script></body></html>`;
}
