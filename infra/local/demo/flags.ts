import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { z } from 'zod';

const USAGE = `npm start -- [flags]        (npm run dev -- [flags]: also rebuilds and restarts on change)
  --port <n>          port of the API (7071); sign-in and control page are at the next one, the vault at the one after
  --messages <n>      size of the demo mailbox (500)
  --return-url <url>  a prefix that connect links may return to, beside the usual development servers; may be repeated
  --import <path>     .eml, .mbox, .vcf and .ics files, or a folder of them, put into the demo mailbox; may be repeated
  --verbose           every log line as the host writes it
  --help              this help`;

const flags = z.object({
  watch: z.boolean().default(false),
  verbose: z.boolean().default(false),
  port: z.coerce.number().int().min(1).max(65_533).default(7071),
  messages: z.coerce.number().int().min(0).max(100_000).default(500),
  'return-url': z.array(z.url()).default([]),
  import: z.array(z.string().refine(existsSync, 'is not there')).default([]),
});
export type StartFlags = z.output<typeof flags>;

/** The flags of `npm start`. Ends the process with the usage where they are wrong (2) or help is asked for (0). */
export function readFlags(args: readonly string[]): StartFlags {
  if (args.includes('--help')) end(USAGE, 0);
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        watch: { type: 'boolean' },
        verbose: { type: 'boolean' },
        port: { type: 'string' },
        messages: { type: 'string' },
        'return-url': { type: 'string', multiple: true },
        import: { type: 'string', multiple: true },
      },
    });
    return flags.parse(values);
  } catch (error) {
    const fault = error instanceof z.ZodError ? z.prettifyError(error) : error instanceof Error ? error.message : '';
    return end(`${fault}\n\n${USAGE}`, 2);
  }
}

function end(text: string, code: number): never {
  (code === 0 ? console.log : console.error)(text);
  process.exit(code);
}
