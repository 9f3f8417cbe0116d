// The control page: shows one mailbox and works in it by the control API. No library, no build.
const POLL_MS = 1000;
const STEP = 60;
const CATEGORY_TINTS = { red: 'red', blue: 'blue', green: 'green' };
const FACES = ['#4f6bed', '#038387', '#8764b8', '#ca5010', '#498205', '#c239b3', '#0078d4', '#7a7574'];

// `kind`: what is looked at, `mail`, `contacts` or `calendar`.
const view = {
  upn: '',
  kind: 'mail',
  folder: 'inbox',
  top: STEP,
  search: '',
  open: undefined,
  state: undefined,
  known: new Set(),
};
const at = (id) => document.getElementById(id);

/** An element: properties are set as they are, children are nodes or text (never HTML). */
function h(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children.flat(Infinity).filter((child) => child !== undefined && child !== ''));
  return element;
}

async function call(method, path, body) {
  const response = await fetch(`/control${path}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });
  const text = await response.text();
  const json = text === '' ? undefined : JSON.parse(text);
  if (!response.ok) throw new Error(json?.error ?? `HTTP ${response.status}`);
  return json;
}

function toast(text) {
  at('toast').textContent = text;
  at('toast').classList.add('on');
  clearTimeout(toast.timer);
  toast.timer = setTimeout(() => at('toast').classList.remove('on'), Math.max(2600, text.length * 80));
}

/** Runs an action of the person, says what came of it, and shows the mailbox as it is then. */
async function act(work, done) {
  try {
    await work();
    if (done) toast(done);
  } catch (error) {
    toast(`That did not work: ${error.message}`);
  }
  await refresh(true);
}

/** What stands between commas. */
const listed = (text) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');

const userPath = () => `/users/${encodeURIComponent(view.upn)}`;
const messagePath = (id) => `${userPath()}/messages/${encodeURIComponent(id)}`;
