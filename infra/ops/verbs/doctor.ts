import { ApiClient } from '../api/client.ts';
import { apiAddress, apiKey } from '../api/open-api.ts';
import { checkApi } from '../doctor/key-check.ts';
import type { Finding } from '../doctor/finding.ts';
import { checkPublicAddress } from '../doctor/public-check.ts';
import { checkSettings } from '../doctor/settings-check.ts';
import { checkConnections, checkService } from '../doctor/state-check.ts';
import { atRoot, readSettings, settingOf } from '../settings.ts';
import { counted } from '../terminal/format.ts';
import type { Call, Verb } from '../verb.ts';

/** Looks at everything that must be right, and says what is not and what to do. */
export const doctor: Verb = {
  summary: 'check settings, API, key, webhooks, queues and connections, and say what to do',
  usage: '',
  options: {
    settings: { value: 'file', help: 'the settings file; default local.settings.json' },
    'public-url': { value: 'url', help: 'the public address to try; default PUBLIC_BASE_URL of the settings' },
  },
  notes: [
    'Changes nothing. The webhooks are tried as Graph does: a validation token must come back exactly, as text/plain, within 10 s.',
    'Exits with 1 where something is bad; warnings do not count.',
  ],
  most: 0,
  run: async (call) => {
    const findings: Finding[] = [];
    for await (const some of examine(call)) {
      for (const finding of some) call.output.say(lineOf(finding));
      findings.push(...some);
    }
    const wrong = findings.filter(({ level }) => level === 'bad').length;
    const warnings = findings.filter(({ level }) => level === 'warn').length;
    call.output.data({ ok: wrong === 0, findings });
    call.output.say(
      `\n${wrong === 0 ? 'Nothing is wrong' : counted(wrong, 'problem')}, ${counted(warnings, 'warning')}.`,
    );
    return wrong === 0 ? 0 : 1;
  },
};

/** Part by part, so that a person sees where it hangs. */
async function* examine(call: Call): AsyncGenerator<readonly Finding[]> {
  const file = call.text('settings') ?? atRoot('local.settings.json');
  const settings = await readSettings(file);
  const setting = (name: string): string | null => settingOf(name, call.environment, settings);
  yield checkSettings(await readSettings(atRoot('local.settings.example.json')), settings, call.environment, file);
  const key = apiKey(call.text('key'), call.environment);
  const api = new ApiClient(apiAddress(call.text('api'), call.environment), key);
  const reached = await checkApi(api, key, setting('API_KEYS'));
  yield reached.findings;
  yield await checkPublicAddress(call.text('public-url') ?? setting('PUBLIC_BASE_URL'));
  if (!reached.usable) return;
  yield await checkService(api);
  yield await checkConnections(api);
}

const MARKS = { ok: 'ok  ', note: '    ', warn: 'warn', bad: 'BAD ' } as const;

const lineOf = ({ level, check, text, hint }: Finding): string =>
  `${MARKS[level]}  ${check.padEnd(22)} ${text}${hint === undefined ? '' : `\n${' '.repeat(29)}-> ${hint}`}`;
