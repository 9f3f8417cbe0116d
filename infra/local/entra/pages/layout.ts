import type { Reply } from '../../graph/http.ts';
import type { Flow } from '../flow.ts';

/** Text made safe for HTML, in elements and in quoted attributes. */
export function escape(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

/** A page as a reply: never cached, never framed, no script but what the page itself holds. */
export function html(status: number, body: string): Reply {
  return {
    status,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
    },
    body,
  };
}

const STYLE = `
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:grid;place-items:center;padding:24px;color:#1b1b1b;
 font:15px/1.45 "Segoe UI",system-ui,-apple-system,Roboto,"Helvetica Neue",sans-serif;
 background:radial-gradient(60rem 40rem at 12% 8%,#dbeafe 0,transparent 60%),radial-gradient(50rem 36rem at 90% 95%,#e9e3ff 0,transparent 60%),#f4f6fb}
main{width:100%;max-width:440px;background:#fff;padding:40px 44px 36px;border-radius:4px;box-shadow:0 2px 6px rgba(0,0,0,.12),0 12px 40px rgba(30,50,90,.12)}
.brand{display:flex;align-items:center;gap:10px;font-weight:600;color:#5b5b5b;font-size:17px;margin-bottom:18px}
.brand svg{width:22px;height:22px}
.who{color:#444;margin:0 0 10px;word-break:break-all}
h1{font-size:24px;font-weight:600;margin:0 0 14px;line-height:1.25}
p{margin:0 0 14px}
label{display:block;font-size:13px;color:#555;margin-bottom:2px}
input[type=email],input[type=text],input[type=password]{width:100%;font:inherit;border:0;border-bottom:1px solid #767676;padding:8px 2px;background:transparent;outline:0}
input:focus{border-bottom:2px solid #0067b8;padding-bottom:7px}
.error{color:#c50f1f;font-size:13.5px;margin:0 0 12px}
.hint{color:#666;font-size:13px;margin-top:14px}
.row{display:flex;justify-content:flex-end;gap:8px;margin-top:26px}
button{font:inherit;min-width:108px;padding:7px 14px;border:0;border-radius:2px;background:#e1e1e1;color:#1b1b1b;cursor:pointer}
button.primary{background:#0067b8;color:#fff}
button:hover{filter:brightness(.94)} button:focus-visible{outline:2px solid #0067b8;outline-offset:2px}
button.link{background:none;color:#0067b8;min-width:0;padding:0;text-align:left}
ul.scopes{list-style:none;margin:0 0 14px;padding:0;border-top:1px solid #eee}
ul.scopes li{padding:9px 0;border-bottom:1px solid #eee} ul.scopes small{display:block;color:#767676;font-family:ui-monospace,Consolas,monospace;font-size:12px}
.tiles button{display:block;width:100%;text-align:left;background:none;border-top:1px solid #eee;padding:11px 4px} .tiles button:hover{background:#f2f2f2}
.tiles small,details td{color:#666;font-size:13px}
details{margin-top:24px;font-size:13px;color:#555} details table{border-spacing:0;width:100%;margin-top:6px} details td{padding:3px 8px 3px 0;word-break:break-all}
dl{font-size:12.5px;color:#555;display:grid;grid-template-columns:max-content 1fr;gap:2px 12px;margin:18px 0 0} dd{margin:0;word-break:break-all}
footer{margin-top:22px;font-size:12px;color:#8a8a8a}`;

const LOGO =
  '<svg viewBox="0 0 22 22" aria-hidden="true"><rect width="10" height="10" fill="#5b8def"/><rect x="12" width="10" height="10" fill="#7bc4a4"/>' +
  '<rect y="12" width="10" height="10" fill="#f2b84b"/><rect x="12" y="12" width="10" height="10" fill="#b18be8"/></svg>';

/** The frame of every page. `content` is HTML already. */
export function page(title: string, content: string): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>${escape(title)}</title><style>${STYLE}</style></head>
<body><main><div class="brand">${LOGO}<span>Local Microsoft 365</span></div>
${content}
<footer>A stand-in for Microsoft Entra sign-in on this machine.</footer></main></body></html>`;
}

/** A form of the sign-in, with its hidden fields; `fields` is HTML already. */
export function form(flow: Flow, step: string, fields: string): string {
  const action = `/${encodeURIComponent(flow.request.tenantSegment)}/oauth2/v2.0/authorize/continue`;
  return `<form method="post" action="${escape(action)}">
<input type="hidden" name="ctx" value="${escape(flow.id)}"><input type="hidden" name="step" value="${step}">
${fields}</form>`;
}

export function errorLine(text: string | undefined): string {
  return text === undefined ? '' : `<p class="error" role="alert">${escape(text)}</p>`;
}
